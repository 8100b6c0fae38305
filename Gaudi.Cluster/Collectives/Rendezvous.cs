using System.Net.Sockets;
using Gaudi.Hpu.Collectives;

namespace Gaudi.Cluster.Collectives;

/// <summary>
/// Where the peers that dial a process meet the rank that waits for them. A peer may come first: its connection is kept until
/// the rank of that group and epoch is there. Any thread.
/// </summary>
internal sealed class Rendezvous : IDisposable
{
    private const int WaitingCountMax = 64;

    private readonly object _gate = new();
    private readonly Dictionary<string, GroupClaim> _newestClaims = new(StringComparer.Ordinal);
    private readonly List<(Socket Socket, Hello Hello)> _waiting = []; // Oldest first.
    private bool _isDisposed;

    /// <summary>Opens a group's epoch in this process. Ends an older epoch, and refuses its peers.</summary>
    /// <exception cref="CollectiveAbortedException">The epoch is stale or was used.</exception>
    public GroupClaim Claim(GroupAddress group)
    {
        GroupClaim claim;
        GroupClaim? older;
        List<(Socket Socket, Hello Hello)> unwanted;
        lock (_gate)
        {
            older = _newestClaims.GetValueOrDefault(group.GroupId);
            if (older is not null && older.Group.Epoch > group.Epoch)
            {
                throw new CollectiveAbortedException(
                    group.Epoch, $"it is stale: group '{group.GroupId}' is at epoch {older.Group.Epoch}");
            }
            if (older is not null && older.Group.Epoch == group.Epoch)
                throw new CollectiveAbortedException(group.Epoch, "it was used by this process; connect with a higher epoch");
            claim = _newestClaims[group.GroupId] = new GroupClaim(group);
            unwanted = _waiting.FindAll(arrival => Refusal(arrival.Hello) is not null);
            _waiting.RemoveAll(unwanted.Contains);
        }
        older?.End($"epoch {group.Epoch} replaced it");
        foreach (var (socket, hello) in unwanted)
            Refuse(socket, Refusal(hello)!);
        return claim;
    }

    /// <summary>Takes a peer's connection, to keep or to refuse.</summary>
    public void Arrive(Socket socket, Hello hello)
    {
        string? refusal;
        Socket? crowdedOut = null;
        lock (_gate)
        {
            refusal = Refusal(hello);
            if (refusal is null)
            {
                if (_waiting.Count == WaitingCountMax)
                {
                    crowdedOut = _waiting[0].Socket; // Its rank, if it is one, dials again.
                    _waiting.RemoveAt(0);
                }
                _waiting.Add((socket, hello));
                Monitor.PulseAll(_gate);
            }
        }
        crowdedOut?.Dispose();
        if (refusal is not null)
            Refuse(socket, refusal);
    }

    /// <summary>The next peer of a claim; null when waiting was stopped.</summary>
    public (Socket Socket, Hello Hello)? Next(GroupClaim claim, CancellationToken stop)
    {
        using var wake = stop.Register(() =>
        {
            lock (_gate)
                Monitor.PulseAll(_gate);
        });
        lock (_gate)
        {
            while (!stop.IsCancellationRequested)
            {
                var index = _waiting.FindIndex(arrival =>
                    arrival.Hello.GroupId == claim.Group.GroupId && arrival.Hello.Epoch == claim.Group.Epoch);
                if (index >= 0)
                {
                    var arrival = _waiting[index];
                    _waiting.RemoveAt(index);
                    return arrival;
                }
                Monitor.Wait(_gate);
            }
            return null;
        }
    }

    /// <summary>Refuses whoever waits and whoever comes; ends what is connected.</summary>
    public void Dispose()
    {
        GroupClaim[] claims;
        lock (_gate)
        {
            _isDisposed = true;
            foreach (var (socket, _) in _waiting)
                socket.Dispose();
            _waiting.Clear();
            claims = [.. _newestClaims.Values];
        }
        foreach (var claim in claims)
            claim.End("this process stops listening");
    }

    private string? Refusal(Hello hello)
    {
        if (_isDisposed)
            return "this process stops";
        if (!_newestClaims.TryGetValue(hello.GroupId, out var claim) || hello.Epoch > claim.Group.Epoch)
            return null;
        var group = claim.Group;
        if (hello.Epoch < group.Epoch)
            return $"epoch {hello.Epoch} is stale: the group is at epoch {group.Epoch}";
        if (!claim.IsForming)
            return $"epoch {hello.Epoch} is formed or has ended";
        if (hello.WorldSize != group.WorldSize)
            return $"it has {group.WorldSize} ranks in this group, the other side has {hello.WorldSize}";
        if (hello.ToRank != group.Rank)
            return $"this is rank {group.Rank}, not rank {hello.ToRank}";
        return hello.FromRank > group.Rank && hello.FromRank < group.WorldSize
            ? null
            : $"rank {hello.FromRank} does not dial rank {group.Rank}: the higher rank dials";
    }

    private static void Refuse(Socket socket, string reason)
    {
        try
        {
            Handshake.Refuse(socket, reason);
        }
        catch (LostPeerException)
        {
            // It is gone, which is as good.
        }
        socket.Dispose();
    }
}
