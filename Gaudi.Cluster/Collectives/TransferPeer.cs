using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Gaudi.Hpu.Collectives;

namespace Gaudi.Cluster.Collectives;

/// <summary>
/// One rank that this rank reads from: a connection that stays, and a thread that works off the reads in order. When it cannot
/// be reached, everything that waits fails with that one try; a read that comes later tries again, a notice does not.
/// </summary>
internal sealed class TransferPeer : IDisposable
{
    private const int WaitingMax = 4096;
    private const string Cancelled = "the reads were cancelled";

    private readonly string _endpoint;
    private readonly TransferLaneSettings _settings;
    private readonly TransferNews _news;
    private readonly TimeProvider _time;
    private readonly BlockingCollection<(TransferRead? Read, string Key, long Number)> _waiting = new(WaitingMax);
    private readonly byte[] _chunk = GC.AllocateUninitializedArray<byte>(TransferWire.ChunkBytes);
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly Thread _thread;
    private long _addedCount;
    private long _failedCount; // So many of the first that were added are not dialed for any more.
    private string? _unreachable; // Why, when the last dial failed.
    private IPEndPoint? _address;
    private int _openCount;
    private Socket? _socket;
    private byte[] _metadata = [];

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
        if (!TryAdd(read, read.Key))
            _news.Add(new TransferEnd(read.Id, 0, $"{WaitingMax} reads of {_endpoint} wait already"));
    }

    /// <summary>A notice, in its turn.</summary>
    public void Notify(string key) => TryAdd(null, key);

    /// <summary>Ends the connection and every read; on return nothing writes this rank's memory for it any more.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _ending.Cancel();
            _waiting.CompleteAdding();
            if (_socket is not null)
                TransferWire.Reset(_socket);
        }
        _thread.Join();
        _waiting.Dispose();
        _ending.Dispose();
    }

    private bool TryAdd(TransferRead? read, string key)
    {
        Interlocked.Increment(ref _openCount);
        if (_waiting.TryAdd((read, key, Interlocked.Increment(ref _addedCount))))
            return true;
        Interlocked.Decrement(ref _openCount);
        return false;
    }

    private void Work()
    {
        foreach (var (read, key, number) in _waiting.GetConsumingEnumerable())
        {
            if (read is not null)
                _news.Add(Run(read, number));
            else if (_unreachable is null)
                Try(number, socket => TransferWire.Send(socket, TransferWire.ToNotice(key)));
            Interlocked.Decrement(ref _openCount);
        }
        lock (_lock)
            _socket?.Dispose();
    }

    private TransferEnd Run(TransferRead read, long number)
    {
        var began = _time.GetTimestamp();
        var end = new TransferEnd(read.Id, 0, "");
        var parts = ImmutableArray<TransferPart>.Empty;
        var failure = Try(number, socket =>
        {
            parts = read.PartsOf(_metadata);
            var bytes = parts.Sum(part => part.Bytes);
            using var limit = new TransferLimit(socket, TransferLimit.TimeOf(_settings, bytes), _time);
            try
            {
                TransferWire.Send(socket, TransferWire.ToRead(read.Key, read.Digest, parts));
                foreach (var part in parts)
                {
                    ReceivePart(socket, part);
                    end = end with { PartsDone = end.PartsDone + 1, Bytes = end.Bytes + part.Bytes };
                }
                TransferWire.Send(socket, TransferWire.ToNotice(read.Key));
            }
            catch (LostPeerException) when (limit.IsOver)
            {
                throw new LostPeerException($"{end.Bytes} of {bytes} bytes came in {limit.Time.TotalSeconds:0.###} s, the time they have");
            }
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
    private string Try(long number, Action<Socket> talk)
    {
        try
        {
            talk(Connected(number));
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
        catch (Exception fault) // This thread is nobody's child: what one read brings about ends that read, not the process.
        {
            Forget();
            return $"the read of {_endpoint} failed: {fault.GetType().Name}: {fault.Message}";
        }
    }

    private Socket Connected(long number)
    {
        if (_ending.IsCancellationRequested)
            throw new LostPeerException(Cancelled);
        if (_socket is { } known && IsAlive(known))
            return known;
        Forget();
        if (_unreachable is { } reason && number <= _failedCount)
            throw new LostPeerException(reason);
        try
        {
            var socket = Dial();
            _unreachable = null;
            return socket;
        }
        catch (Exception fault)
        {
            (_unreachable, _failedCount, _address) = (fault.Message, Interlocked.Read(ref _addedCount), null);
            throw;
        }
    }

    private Socket Dial()
    {
        _address ??= Address();
        try
        {
            var socket = new Socket(_address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            lock (_lock)
            {
                _socket = socket;
                if (_ending.IsCancellationRequested)
                    throw new LostPeerException(Cancelled); // Whoever catches it forgets the socket.
            }
            using (_time.CreateTimer(_ => socket.Dispose(), null, _settings.StallTimeout, Timeout.InfiniteTimeSpan))
                socket.Connect(_address);
            PeerConnection.Prepare(socket);
            socket.ReceiveTimeout = socket.SendTimeout = (int)_settings.StallTimeout.TotalMilliseconds;
            using (new TransferLimit(socket, TransferLimit.TimeOf(_settings, 0), _time))
                _metadata = TransferWire.ReceiveGreeting(socket);
            return socket;
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            throw new LostPeerException(error.Message);
        }
    }

    private IPEndPoint Address()
    {
        var colon = _endpoint.LastIndexOf(':');
        try
        {
            var host = _endpoint[..colon];
            var port = int.Parse(_endpoint[(colon + 1)..], CultureInfo.InvariantCulture);
            // A name server may be silent for longer than anybody here has time for.
            return new IPEndPoint(
                IPAddress.TryParse(host, out var known) ? known : Task.Run(() => TransferWire.Resolve(host))
                    .WaitAsync(_settings.StallTimeout, _time, _ending.Token).GetAwaiter().GetResult(), port);
        }
        catch (Exception error) when (error is SocketException or ArgumentException or FormatException or OverflowException
            or TimeoutException or OperationCanceledException)
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
