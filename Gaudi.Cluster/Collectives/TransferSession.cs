using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Net.Sockets;
using Gaudi.Hpu.Collectives;

namespace Gaudi.Cluster.Collectives;

/// <summary>One peer that reads this rank's memory: its connection and the thread that answers it.</summary>
internal sealed class TransferSession : IDisposable
{
    private const long Busy = long.MaxValue;

    private readonly Socket _socket;
    private readonly TransferLaneSettings _settings;
    private readonly TransferMemory _memory;
    private readonly TransferOffers _offers;
    private readonly TransferNews _news;
    private readonly TransferPace _pace;
    private readonly TimeProvider _time;
    private readonly byte[] _chunk;
    private readonly Thread _thread;
    private long _idleSince = Busy;
    private volatile bool _isEnding;

    /// <summary>Begins to answer.</summary>
    /// <param name="socket">Owned from now on.</param>
    /// <param name="settings">How fast the peer may read, and how long it may take.</param>
    /// <param name="memory">What may be read.</param>
    /// <param name="offers">Which of it, now.</param>
    /// <param name="news">Told what the peer has read.</param>
    /// <param name="time">Limits requests.</param>
    /// <param name="ended">Told when the connection has ended.</param>
    public TransferSession(
        Socket socket, TransferLaneSettings settings, TransferMemory memory, TransferOffers offers, TransferNews news, TimeProvider time,
        Action<TransferSession> ended)
    {
        (_socket, _settings, _memory, _offers, _news, _time) = (socket, settings, memory, offers, news, time);
        _pace = new TransferPace(settings.BytesPerSecond);
        _chunk = GC.AllocateUninitializedArray<byte>(_pace.ChunkBytes);
        _thread = new Thread(() => Answer(ended)) { Name = "kv-transfer-session", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Ends the connection; on return nothing reads this rank's memory for it any more. Not from its own thread.</summary>
    public void Dispose()
    {
        End();
        _thread.Join();
    }

    /// <summary>When it began to wait for the next request, in ticks of its clock; null while it answers one.</summary>
    public long? IdleSince => Volatile.Read(ref _idleSince) is var since and not Busy ? since : null;

    /// <summary>Whether its connection was ended from this side.</summary>
    public bool IsEnding => _isEnding;

    /// <summary>Ends the connection, and does not wait for its thread.</summary>
    public void End()
    {
        _isEnding = true;
        _pace.Dispose();
        TransferWire.Reset(_socket);
    }

    private void Answer(Action<TransferSession> ended)
    {
        try
        {
            using (Limit(0))
                TransferWire.Greet(_socket, _memory.Metadata);
            while (true)
            {
                Volatile.Write(ref _idleSince, _time.GetTimestamp());
                var what = TransferWire.ReceiveByte(_socket);
                Volatile.Write(ref _idleSince, Busy);
                if (what is not (TransferWire.Notice or TransferWire.Read))
                    throw new LostPeerException($"request {what} came, which is none");
                Answer(isNotice: what == TransferWire.Notice);
            }
        }
        catch (Exception) // It left, or speaks something else; and whatever else it brought about ends its own session alone.
        {
        }
        finally
        {
            _socket.Dispose();
            ended(this);
        }
    }

    private void Answer(bool isNotice)
    {
        string key, digest;
        ImmutableArray<ImmutableArray<MemorySpan>> parts;
        using (Limit(0))
        {
            key = TransferWire.ReceiveKey(_socket);
            if (isNotice)
            {
                if (_offers.Has(key))
                    _news.Add(key);
                return;
            }
            digest = TransferWire.ReceiveKey(_socket);
            parts = TransferWire.ReceiveParts(_socket);
        }
        using (Limit(parts.Sum(part => part.Sum(span => (double)span.Bytes))))
            SendParts(key, digest, parts);
    }

    private TransferLimit Limit(double bytes) => new(_socket, TransferLimit.TimeOf(_settings, bytes), _time);

    private void SendParts(string key, string digest, ImmutableArray<ImmutableArray<MemorySpan>> parts)
    {
        object offer;
        try
        {
            offer = _offers.Find(key, digest);
        }
        catch (TransferRefusedException refused)
        {
            TransferWire.Refuse(_socket, refused.Message);
            return;
        }
        Span<byte> trailer = stackalloc byte[5];
        foreach (var part in parts)
        {
            if (part.Select(span => _offers.Refusal(offer, span)).FirstOrDefault(refusal => refusal is not null) is { } refusal)
            {
                TransferWire.Refuse(_socket, refusal);
                return;
            }
            TransferWire.Send(_socket, [TransferWire.Part]);
            var crc = SendBytes(part);
            // Only now: everything was read, and if the offer still stands nobody has written it meanwhile.
            var isValid = _offers.IsOpen(key, offer);
            BinaryPrimitives.WriteUInt32LittleEndian(trailer, crc);
            trailer[4] = isValid ? TransferWire.Valid : TransferWire.Withdrawn;
            TransferWire.Send(_socket, trailer);
            if (!isValid)
                return;
        }
    }

    // Descriptors are gathered into chunks: a block of a small model is shorter than a call to the system is worth.
    private unsafe uint SendBytes(ImmutableArray<MemorySpan> part)
    {
        var (crc, filled) = (Crc32C.Start, 0);
        foreach (var span in part)
        {
            for (var offset = 0L; offset < span.Bytes;)
            {
                var count = (int)Math.Min(span.Bytes - offset, _chunk.Length - filled);
                new ReadOnlySpan<byte>((byte*)span.Address + offset, count).CopyTo(_chunk.AsSpan(filled));
                offset += count;
                filled += count;
                if (filled == _chunk.Length)
                    Flush();
            }
        }
        Flush();
        return Crc32C.End(crc);

        void Flush()
        {
            var bytes = _chunk.AsSpan(0, filled);
            crc = Crc32C.Add(crc, bytes);
            _pace.Wait(filled);
            TransferWire.Send(_socket, bytes);
            filled = 0;
        }
    }
}
