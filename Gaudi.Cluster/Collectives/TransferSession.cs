using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Net.Sockets;
using Gaudi.Hpu.Collectives;

namespace Gaudi.Cluster.Collectives;

/// <summary>One peer that reads this rank's memory: its connection and the thread that answers it.</summary>
internal sealed class TransferSession : IDisposable
{
    private readonly Socket _socket;
    private readonly TransferMemory _memory;
    private readonly TransferOffers _offers;
    private readonly TransferNews _news;
    private readonly TransferPace _pace;
    private readonly byte[] _chunk;
    private readonly Thread _thread;

    /// <summary>Begins to answer.</summary>
    /// <param name="socket">Owned from now on.</param>
    /// <param name="memory">What may be read.</param>
    /// <param name="offers">Which of it, now.</param>
    /// <param name="news">Told what the peer has read.</param>
    /// <param name="pace">How fast it may read.</param>
    /// <param name="ended">Told when the connection has ended.</param>
    public TransferSession(
        Socket socket, TransferMemory memory, TransferOffers offers, TransferNews news, TransferPace pace, Action<TransferSession> ended)
    {
        (_socket, _memory, _offers, _news, _pace) = (socket, memory, offers, news, pace);
        _chunk = GC.AllocateUninitializedArray<byte>(pace.ChunkBytes);
        _thread = new Thread(() => Answer(ended)) { Name = "kv-transfer-session", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Ends the connection; on return nothing reads this rank's memory for it any more. Not from its own thread.</summary>
    public void Dispose()
    {
        _pace.Dispose();
        TransferWire.Reset(_socket);
        _thread.Join();
    }

    private void Answer(Action<TransferSession> ended)
    {
        try
        {
            TransferWire.Greet(_socket, _memory.Metadata);
            while (true)
            {
                var what = TransferWire.ReceiveByte(_socket);
                if (what is not (TransferWire.Notice or TransferWire.Read))
                    throw new LostPeerException($"request {what} came, which is none");
                var key = TransferWire.ReceiveKey(_socket);
                if (what == TransferWire.Read)
                    SendParts(key, TransferWire.ReceiveKey(_socket), TransferWire.ReceiveParts(_socket));
                else if (_offers.Has(key))
                    _news.Add(key);
            }
        }
        catch (LostPeerException)
        {
            // It left, or speaks something else: what it was sent is its business.
        }
        finally
        {
            _socket.Dispose();
            ended(this);
        }
    }

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
