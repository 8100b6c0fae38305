using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gaudi.Tests.Storm;

/// <summary>
/// An HTTP proxy of CONNECT alone, between the ranks of a group: it can reset every connection, and carry nothing for a while.
/// </summary>
internal sealed class LaneProxy : IDisposable
{
    private const int BufferBytes = 65_536;
    private const int HeadBytesMax = 1024;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Lock _gate = new();
    private readonly HashSet<Socket> _open = [];
    private TaskCompletionSource? _stall;
    private bool _isDisposed;

    /// <summary>Listens from now on.</summary>
    internal LaneProxy()
    {
        _listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>Where ranks ask.</summary>
    internal IPEndPoint Endpoint => (IPEndPoint)_listener.LocalEndpoint;

    /// <summary>Sockets of open connections, two each.</summary>
    internal int OpenCount
    {
        get
        {
            lock (_gate)
                return _open.Count;
        }
    }

    /// <summary>Resets every connection, as a switch that lost its state does.</summary>
    internal void Cut()
    {
        Socket[] cut;
        lock (_gate)
            cut = [.. _open];
        foreach (var socket in cut)
            Reset(socket);
    }

    /// <summary>Carries nothing, new connections included, until <see cref="Flow"/>.</summary>
    internal void Stall()
    {
        lock (_gate)
            _stall ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Carries on, with the bytes that waited first.</summary>
    internal void Flow()
    {
        TaskCompletionSource? stall;
        lock (_gate)
            (stall, _stall) = (_stall, null);
        stall?.TrySetResult();
    }

    public void Dispose()
    {
        lock (_gate)
            _isDisposed = true;
        _listener.Dispose();
        Flow();
        Cut();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = await _listener.AcceptSocketAsync().ConfigureAwait(false);
            }
            catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }
            _ = ServeAsync(socket);
        }
    }

    private async Task ServeAsync(Socket near)
    {
        using var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            near.NoDelay = far.NoDelay = true;
            if (!Keep(near, far))
                return;
            var head = await ReadHeadAsync(near).ConfigureAwait(false);
            await FlowingAsync().ConfigureAwait(false);
            // CONNECT 127.0.0.2:41234 HTTP/1.1
            await far.ConnectAsync(IPEndPoint.Parse(head.Split(' ')[1])).ConfigureAwait(false);
            await near.SendAsync(Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\n\r\n")).ConfigureAwait(false);
            await Task.WhenAll(CarryAsync(near, far), CarryAsync(far, near)).ConfigureAwait(false);
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException or FormatException or IndexOutOfRangeException)
        {
            // One end is gone, so the other goes, too.
        }
        finally
        {
            lock (_gate)
            {
                _open.Remove(near);
                _open.Remove(far);
            }
            Reset(near);
        }
    }

    private bool Keep(Socket near, Socket far)
    {
        lock (_gate)
        {
            if (_isDisposed)
                return false;
            _open.Add(near);
            _open.Add(far);
            return true;
        }
    }

    private async Task CarryAsync(Socket from, Socket to)
    {
        var buffer = new byte[BufferBytes];
        try
        {
            while (await from.ReceiveAsync(buffer).ConfigureAwait(false) is > 0 and var count)
            {
                await FlowingAsync().ConfigureAwait(false);
                for (var sent = 0; sent < count;)
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent)).ConfigureAwait(false);
            }
            to.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // A reset goes through as one.
            Reset(from);
            Reset(to);
            throw;
        }
    }

    private Task FlowingAsync()
    {
        lock (_gate)
            return _stall?.Task ?? Task.CompletedTask;
    }

    private static async Task<string> ReadHeadAsync(Socket socket)
    {
        var head = new byte[HeadBytesMax];
        for (var count = 0; count < head.Length;)
        {
            var came = await socket.ReceiveAsync(head.AsMemory(count, 1)).ConfigureAwait(false);
            if (came == 0)
                throw new FormatException("it was closed");
            count += came;
            if (head.AsSpan(0, count).EndsWith("\r\n\r\n"u8))
                return Encoding.ASCII.GetString(head, 0, count);
        }
        throw new FormatException("its head has no end");
    }

    private static void Reset(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
        {
            // It has ended already.
        }
        socket.Dispose();
    }
}
