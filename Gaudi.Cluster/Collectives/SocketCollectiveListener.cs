using System.Net;
using System.Net.Sockets;
using Gaudi.Hpu;
using Gaudi.Hpu.Collectives;

namespace Gaudi.Cluster.Collectives;

/// <summary>
/// A process's one listening socket for collectives, shared by its groups one rank each. Disposing it ends all of them.
/// </summary>
public sealed class SocketCollectiveListener : ICollectiveFactory, IDisposable
{
    private const int GreetingCountMax = 16;
    private const int ListenBacklog = 64;

    private readonly SocketCollectiveSettings _settings;
    private readonly TimeProvider _time;
    private readonly Rendezvous _rendezvous = new();
    private readonly Socket _listener;
    private readonly ManualResetEventSlim _stopped = new();
    private int _greetingCount;

    private SocketCollectiveListener(SocketCollectiveSettings settings, TimeProvider time, Socket listener)
    {
        _settings = settings;
        _time = time;
        _listener = listener;
        Endpoint = listener.LocalEndPoint!.ToString()!;
    }

    /// <inheritdoc />
    public string Endpoint { get; }

    /// <summary>Listens from now on.</summary>
    /// <exception cref="CollectiveListenException">The address or the port cannot be used.</exception>
    public static SocketCollectiveListener Start(SocketCollectiveSettings settings, TimeProvider time)
    {
        if (settings.Address.Equals(IPAddress.Any) || settings.Address.Equals(IPAddress.IPv6Any))
        {
            throw new CollectiveListenException(
                $"expected an address that peers can dial, came {settings.Address}; give this machine's address in the LAN");
        }
        var socket = new Socket(settings.Address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            PeerConnection.Prepare(socket); // Accepted sockets inherit the buffers.
            socket.Bind(new IPEndPoint(settings.Address, settings.Port));
            socket.Listen(ListenBacklog);
        }
        catch (SocketException error)
        {
            socket.Dispose();
            throw new CollectiveListenException(
                $"collectives cannot listen at {settings.Address}:{settings.Port}: {error.Message}; give a free port, or 0", error);
        }
        var listener = new SocketCollectiveListener(settings, time, socket);
        StartThread("collective-listener", listener.Accept);
        return listener;
    }

    /// <inheritdoc />
    public ICollective Connect(GroupAddress group, CancellationToken abort)
    {
        Invariant.That(
            group.Rank >= 0 && group.Rank < group.WorldSize && group.Endpoints[group.Rank] == Endpoint,
            $"{group} in the process at {Endpoint}");
        Invariant.That(group.WorldSize == 1 || group.Token.Length > 0, $"{group} has no token");
        var claim = _rendezvous.Claim(group);
        return new GroupFormation(claim, _rendezvous, _settings, _time).Run(abort);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _stopped.Set();
        _listener.Dispose();
        _rendezvous.Dispose();
    }

    private void Accept()
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = _listener.Accept();
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                if (_stopped.Wait(_settings.AcceptRetryDelay)) // Else a peer left before it was accepted, or files ran out.
                    return;
                continue;
            }
            if (Interlocked.Increment(ref _greetingCount) <= GreetingCountMax)
            {
                StartThread("collective-greeting", () => Greet(socket));
                continue;
            }
            Interlocked.Decrement(ref _greetingCount);
            socket.Dispose(); // A rank dials again.
        }
    }

    private void Greet(Socket socket)
    {
        try
        {
            PeerConnection.Prepare(socket);
            Hello hello;
            using (_time.CreateTimer(_ => socket.Dispose(), null, _settings.HandshakeTimeout, Timeout.InfiniteTimeSpan))
                hello = Hello.Receive(socket);
            _rendezvous.Arrive(socket, hello);
        }
        catch (Exception error) when (error is LostPeerException or SocketException or ObjectDisposedException)
        {
            socket.Dispose();
        }
        finally
        {
            Interlocked.Decrement(ref _greetingCount);
        }
    }

    private static void StartThread(string name, ThreadStart body) =>
        new Thread(body) { Name = name, IsBackground = true }.Start();
}
