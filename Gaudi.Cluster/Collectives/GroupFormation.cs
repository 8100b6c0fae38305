using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Gaudi.Hpu.Collectives;

namespace Gaudi.Cluster.Collectives;

/// <summary>
/// Connects one rank to all others: it dials the lower ranks and waits for the higher ones to dial. Runs on the rank's thread.
/// </summary>
internal sealed class GroupFormation(
    GroupClaim claim, Rendezvous rendezvous, SocketCollectiveSettings settings, TimeProvider time)
{
    private readonly PeerConnection?[] _peers = new PeerConnection?[claim.Group.WorldSize];
    private string _lastTrouble = "";

    private GroupAddress Group => claim.Group;

    /// <exception cref="CollectiveAbortedException">Cancelled, refused, replaced by a newer epoch, or too late.</exception>
    public ICollective Run(CancellationToken abort)
    {
        using var deadline = new CancellationTokenSource(settings.ConnectTimeout, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, abort, claim.Ended);
        try
        {
            for (var rank = 0; rank < Group.Rank; rank++)
                _peers[rank] = Dial(rank, stop.Token);
            while (_peers.Skip(Group.Rank + 1).Contains(null))
                AcceptNext(stop.Token);
            stop.Token.ThrowIfCancellationRequested(); // It may have closed a connection just made.
            return Formed();
        }
        catch (OperationCanceledException)
        {
            throw Failed(StopReason(abort));
        }
        catch (RefusedException refused)
        {
            throw Failed(refused.Message);
        }
    }

    private ICollective Formed()
    {
        ICollective collective = Group.WorldSize == 1
            ? new SingleRankCollective(Group.Epoch)
            : new SocketCollective(Group.Rank, Group.Epoch, _peers);
        claim.Form(collective);
        return collective;
    }

    private PeerConnection Dial(int rank, CancellationToken stop)
    {
        var endpoint = IPEndPoint.TryParse(Group.Endpoints[rank], out var parsed)
            ? parsed
            : throw new RefusedException($"expected rank {rank}'s endpoint as ADDRESS:PORT, came '{Group.Endpoints[rank]}'");
        while (true)
        {
            if (TryDial(rank, endpoint, stop) is { } peer)
                return peer;
            stop.WaitHandle.WaitOne(settings.RetryDelay);
            stop.ThrowIfCancellationRequested();
        }
    }

    private PeerConnection? TryDial(int rank, IPEndPoint endpoint, CancellationToken stop)
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        using var wake = stop.Register(socket.Dispose); // Frees a blocked connect or receive.
        try
        {
            PeerConnection.Prepare(socket);
            LaneRoute.Connect(socket, endpoint, settings.Proxy);
            var hello = Hello.Create(Group.GroupId, Group.Epoch, Group.Rank, rank, Group.WorldSize);
            Handshake.Dial(socket, hello, Group.Token);
            return new PeerConnection(socket, rank);
        }
        catch (RefusedException refused)
        {
            socket.Dispose();
            throw new RefusedException($"rank {rank} at {endpoint} refused: {refused.Message}");
        }
        catch (Exception error) when (error is LostPeerException or SocketException or ObjectDisposedException)
        {
            socket.Dispose();
            stop.ThrowIfCancellationRequested();
            _lastTrouble = $"; last: rank {rank} at {endpoint}: {error.Message}";
            return null;
        }
    }

    /// <summary>Takes the next connection of this epoch; one that does not know the token is dropped, and the wait goes on.</summary>
    private void AcceptNext(CancellationToken stop)
    {
        var (socket, hello) = rendezvous.Next(claim, stop) ?? throw new OperationCanceledException(stop);
        using var wake = stop.Register(socket.Dispose);
        using var timeout = time.CreateTimer(_ => socket.Dispose(), null, settings.HandshakeTimeout, Timeout.InfiniteTimeSpan);
        try
        {
            if (_peers[hello.FromRank] is not null)
                throw new RefusedException("it is already connected");
            Handshake.Answer(socket, hello, Group.Token);
            _peers[hello.FromRank] = new PeerConnection(socket, hello.FromRank);
        }
        catch (Exception error) when (error is RefusedException or LostPeerException)
        {
            socket.Dispose();
            stop.ThrowIfCancellationRequested();
            _lastTrouble = $"; last: one that said it is rank {hello.FromRank}: {error.Message}";
        }
    }

    private string StopReason(CancellationToken abort)
    {
        var missing = string.Join(", ", Enumerable.Range(0, Group.WorldSize).Where(rank => rank != Group.Rank && _peers[rank] is null));
        var where = $" while ranks {missing} were not connected{_lastTrouble}";
        if (abort.IsCancellationRequested)
            return $"connecting rank {Group.Rank} was cancelled{where}";
        var seconds = settings.ConnectTimeout.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        return claim.EndReason ?? $"rank {Group.Rank} waited {seconds} s{where}";
    }

    private CollectiveAbortedException Failed(string reason)
    {
        foreach (var peer in _peers)
            peer?.Dispose();
        claim.End(reason);
        return new CollectiveAbortedException(Group.Epoch, reason);
    }
}
