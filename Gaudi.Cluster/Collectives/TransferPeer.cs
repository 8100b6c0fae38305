using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Gaudi.Hpu.Collectives;

namespace Gaudi.Cluster.Collectives;

/// <summary>One rank that this rank reads from: a connection that stays, and a thread that works off the reads in order.</summary>
internal sealed class TransferPeer : IDisposable
{
    private const int WaitingMax = 4096;

    private readonly string _endpoint;
    private readonly TransferLaneSettings _settings;
    private readonly TransferNews _news;
    private readonly TimeProvider _time;
    private readonly BlockingCollection<(TransferRead? Read, string Key)> _waiting = new(WaitingMax);
    private readonly byte[] _chunk = GC.AllocateUninitializedArray<byte>(TransferWire.ChunkBytes);
    private readonly Lock _lock = new();
    private readonly Thread _thread;
    private int _openCount;
    private Socket? _socket;
    private byte[] _metadata = [];
    private bool _isEnding;

    /// <summary>Dials when there is something to read.</summary>
    public TransferPeer(string endpoint, TransferLaneSettings settings, TransferNews news, TimeProvider time)
    {
        (_endpoint, _settings, _news, _time) = (endpoint, settings, news, time);
        _thread = new Thread(Work) { Name = "kv-transfer-peer", IsBackground = true };
        _thread.Start();
    }

    /// <summary>True when nothing waits or runs.</summary>
    public bool IsIdle => Volatile.Read(ref _openCount) == 0;

    /// <summary>A read, in its turn.</summary>
    public void Read(TransferRead read)
    {
        if (!TryAdd((read, read.Key)))
            _news.Add(new TransferEnd(read.Id, 0, $"{WaitingMax} reads of {_endpoint} wait already"));
    }

    /// <summary>A notice, in its turn.</summary>
    public void Notify(string key) => TryAdd((null, key));

    /// <summary>Ends the connection and every read; on return nothing writes this rank's memory for it any more.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isEnding = true;
            _waiting.CompleteAdding();
            if (_socket is not null)
                TransferWire.Reset(_socket);
        }
        _thread.Join();
        _waiting.Dispose();
    }

    private bool TryAdd((TransferRead?, string) work)
    {
        Interlocked.Increment(ref _openCount);
        if (_waiting.TryAdd(work))
            return true;
        Interlocked.Decrement(ref _openCount);
        return false;
    }

    private void Work()
    {
        foreach (var (read, key) in _waiting.GetConsumingEnumerable())
        {
            if (read is null)
                Try(socket => TransferWire.Send(socket, TransferWire.ToNotice(key)));
            else
                _news.Add(Run(read));
            Interlocked.Decrement(ref _openCount);
        }
        lock (_lock)
            _socket?.Dispose();
    }

    private TransferEnd Run(TransferRead read)
    {
        var began = _time.GetTimestamp();
        var end = new TransferEnd(read.Id, 0, "");
        var parts = ImmutableArray<TransferPart>.Empty;
        var failure = Try(socket =>
        {
            parts = read.PartsOf(_metadata);
            TransferWire.Send(socket, TransferWire.ToRead(read.Key, read.Digest, parts));
            foreach (var part in parts)
            {
                ReceivePart(socket, part);
                end = end with { PartsDone = end.PartsDone + 1, Bytes = end.Bytes + part.Bytes };
            }
            TransferWire.Send(socket, TransferWire.ToNotice(read.Key));
        });
        // Everything came: that the notice did not go is the peer's matter, whose timeout frees the blocks.
        var isWhole = parts.Length > 0 && end.PartsDone == parts.Length;
        return end with
        {
            Failure = isWhole ? "" : failure, Duration = _time.GetElapsedTime(began),
            DescriptorCount = parts.Sum(part => part.Local.Length),
        };
    }

    // The connection may have been lost while nobody used it: then the first byte finds out, and one that is new is tried.
    private string Try(Action<Socket> talk)
    {
        try
        {
            talk(Connected());
            return "";
        }
        catch (TransferRefusedException refused)
        {
            return refused.Message;
        }
        catch (LostPeerException lost)
        {
            Forget();
            return $"the peer at {_endpoint} was lost: {lost.Message}";
        }
    }

    private Socket Connected()
    {
        if (_socket is { } known && IsAlive(known))
            return known;
        Forget();
        var address = Address();
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        lock (_lock)
        {
            if (_isEnding)
                throw new LostPeerException("the reads were cancelled");
            _socket = socket;
        }
        try
        {
            using (_time.CreateTimer(_ => socket.Dispose(), null, _settings.StallTimeout, Timeout.InfiniteTimeSpan))
                socket.Connect(address);
            PeerConnection.Prepare(socket);
            socket.ReceiveTimeout = socket.SendTimeout = (int)_settings.StallTimeout.TotalMilliseconds;
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            throw new LostPeerException(error.Message);
        }
        _metadata = TransferWire.ReceiveGreeting(socket);
        return socket;
    }

    private IPEndPoint Address()
    {
        var colon = _endpoint.LastIndexOf(':');
        try
        {
            return new IPEndPoint(
                TransferWire.Resolve(_endpoint[..colon]), int.Parse(_endpoint[(colon + 1)..], CultureInfo.InvariantCulture));
        }
        catch (Exception error) when (error is SocketException or ArgumentException or FormatException or OverflowException)
        {
            throw new LostPeerException($"its address cannot be used: {error.Message}");
        }
    }

    // A peer says nothing unasked, so what is readable is its end.
    private static bool IsAlive(Socket socket)
    {
        try
        {
            return !socket.Poll(0, SelectMode.SelectRead);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    private void Forget()
    {
        lock (_lock)
        {
            _socket?.Dispose();
            _socket = null;
        }
    }

    private unsafe void ReceivePart(Socket socket, TransferPart part)
    {
        part.Check();
        if (TransferWire.ReceiveByte(socket) != TransferWire.Part)
            throw new TransferRefusedException(TransferWire.ReceiveReason(socket));
        var crc = Crc32C.Start;
        var (left, filled, used) = (part.Bytes, 0, 0);
        foreach (var span in part.Local)
        {
            for (var offset = 0L; offset < span.Bytes;)
            {
                if (used == filled)
                {
                    (filled, used) = ((int)Math.Min(left, _chunk.Length), 0);
                    left -= filled;
                    Handshake.ReceiveExactly(socket, _chunk.AsSpan(0, filled));
                    crc = Crc32C.Add(crc, _chunk.AsSpan(0, filled));
                }
                var count = (int)Math.Min(span.Bytes - offset, filled - used);
                _chunk.AsSpan(used, count).CopyTo(new Span<byte>((byte*)span.Address + offset, count));
                offset += count;
                used += count;
            }
        }
        var expected = TransferWire.ReceiveUInt(socket);
        var verdict = TransferWire.ReceiveByte(socket);
        if (Crc32C.End(crc) != expected)
            throw new LostPeerException($"bytes with checksum {Crc32C.End(crc):x8} came, {expected:x8} was sent");
        if (verdict != TransferWire.Valid)
            throw new TransferRefusedException("the blocks were withdrawn while they were read");
    }
}
