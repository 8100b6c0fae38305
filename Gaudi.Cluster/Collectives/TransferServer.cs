using System.Net;
using System.Net.Sockets;
using Gaudi.Hpu.Collectives;

namespace Gaudi.Cluster.Collectives;

/// <summary>A rank's side channel: peers connect, are told its metadata, and read what it offers.</summary>
internal sealed class TransferServer : IDisposable
{
    private const int SessionCountMax = 64;
    private const int ListenBacklog = 64;
    private const int Tries = 50;

    private readonly Lock _lock = new();
    private readonly HashSet<TransferSession> _sessions = [];
    private readonly ManualResetEventSlim _stopped = new();
    private readonly TimeSpan _retry; // A part of the patience with a peer.
    private readonly Func<Socket, Action<TransferSession>, TransferSession> _begin;
    private readonly Socket _listener;
    private readonly Thread _thread;

    private TransferServer(Socket listener, TimeSpan retry, Func<Socket, Action<TransferSession>, TransferSession> begin)
    {
        (_listener, _retry, _begin) = (listener, retry, begin);
        _thread = new Thread(Accept) { Name = "kv-transfer-listener", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Where it listens: the system's choice where 0 was asked for.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>Listens from now on.</summary>
    /// <param name="settings">Where.</param>
    /// <param name="memory">What may be read.</param>
    /// <param name="offers">Which of it, now.</param>
    /// <param name="news">Told what peers have read.</param>
    /// <param name="time">Limits what a peer may hold up.</param>
    /// <exception cref="TransferLaneException">The address or the port cannot be used.</exception>
    public static TransferServer Start(
        TransferLaneSettings settings, TransferMemory memory, TransferOffers offers, TransferNews news, TimeProvider time)
    {
        var retry = settings.StallTimeout / Tries;
        var listener = Bind(settings.Host, settings.Port!.Value, retry);
        return new TransferServer(listener, retry, (socket, ended) =>
        {
            // The peer takes what it asked for, or is gone.
            socket.SendTimeout = (int)settings.StallTimeout.TotalMilliseconds;
            return new TransferSession(socket, settings, memory, offers, news, time, ended);
        });
    }

    /// <summary>Ends every connection; on return nothing reads this rank's memory any more.</summary>
    public void Dispose()
    {
        _stopped.Set();
        _listener.Dispose();
        _thread.Join();
        TransferSession[] sessions;
        lock (_lock)
            sessions = [.. _sessions];
        foreach (var session in sessions)
            session.Dispose();
    }

    // A rank that moved to another process finds its port taken until the old one has let go.
    private static Socket Bind(string host, int port, TimeSpan retry)
    {
        var address = Resolve(host);
        using var wait = new ManualResetEventSlim();
        for (var tries = 1; ; tries++)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(address, port));
                socket.Listen(ListenBacklog);
                return socket;
            }
            catch (SocketException error)
            {
                socket.Dispose();
                if (tries == Tries)
                    throw new TransferLaneException(
                        $"the KV side channel cannot listen at {host}:{port}: {error.Message}; give another port with "
                        + "VLLM_NIXL_SIDE_CHANNEL_PORT or gaudi.kv-transfer.side-channel-port", error);
            }
            wait.Wait(retry);
        }
    }

    private static IPAddress Resolve(string host)
    {
        try
        {
            return TransferWire.Resolve(host);
        }
        catch (Exception error) when (error is SocketException or ArgumentException)
        {
            throw new TransferLaneException(
                $"the KV side channel's host `{host}` is no address of this machine: {error.Message}; give another with "
                + "VLLM_NIXL_SIDE_CHANNEL_HOST or gaudi.kv-transfer.side-channel-host", error);
        }
    }

    private void Accept()
    {
        while (!_stopped.IsSet)
        {
            try
            {
                Begin(_listener.Accept());
            }
            catch (Exception) // Whatever it is: without this thread no peer is ever served again.
            {
                _stopped.Wait(_retry); // Else a peer left before it was accepted, or files ran out.
            }
        }
    }

    private void Begin(Socket socket)
    {
        try
        {
            PeerConnection.Prepare(socket);
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            lock (_lock)
            {
                if (HasRoom() && !_stopped.IsSet)
                    _sessions.Add(_begin(socket, Ended));
                else
                    socket.Dispose(); // The peer's load fails with a lost connection.
            }
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // Whoever has asked for nothing for the longest time makes room; a peer that comes back dials again.
    private bool HasRoom()
    {
        if (_sessions.Count(one => !one.IsEnding) < SessionCountMax)
            return true;
        if (_sessions.Where(one => one is { IsEnding: false, IdleSince: not null }).MinBy(one => one.IdleSince) is not { } idlest)
            return false;
        idlest.End(); // It stays in the set until its thread has ended.
        return true;
    }

    private void Ended(TransferSession session)
    {
        lock (_lock)
            _sessions.Remove(session);
    }
}
