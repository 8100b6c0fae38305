using System.Net.Sockets;
using System.Runtime.InteropServices;
using Gaudi.Hpu;
using Gaudi.Hpu.Collectives;

namespace Gaudi.Cluster.Collectives;

/// <summary>
/// The lane of a group whose ranks are processes. Every rank is connected to every other; in each call all ranks send their
/// chunk to all, and each adds the chunks up by itself along <see cref="SummationTree"/>. That is one round instead of two,
/// and the same bits everywhere; for the group sizes of one model (2 to 8) the extra bytes cost less than a second round.
/// Every call is a full exchange, so that a rank which calls something else is found out in that very call.
/// </summary>
internal sealed class SocketCollective : ICollective
{
    private readonly PeerConnection?[] _peers; // By rank; null at this rank.
    private readonly List<Socket> _readable = [];
    private readonly List<Socket> _reset = [];
    private readonly byte[] _frame = new byte[FrameHeader.HeaderBytes + PeerConnection.ChunkBytes];
    private readonly float[] _parts;
    private readonly bool[] _isSent; // By rank: whether the frame of this chunk went out,
    private readonly bool[] _isWhole; // and whether the peer's has come.
    private string? _endReason;
    private long _completedCount;

    /// <param name="rank">This rank.</param>
    /// <param name="epoch">The group's.</param>
    /// <param name="peers">By rank, null at this rank; owned from now on.</param>
    public SocketCollective(int rank, long epoch, PeerConnection?[] peers)
    {
        Invariant.That(peers.Length > 1 && peers[rank] is null && peers.Count(peer => peer is null) == 1);
        Rank = rank;
        Epoch = epoch;
        _peers = peers;
        _parts = new float[peers.Length * PeerConnection.ChunkBytes / sizeof(float)];
        _isSent = new bool[peers.Length];
        _isWhole = new bool[peers.Length];
    }

    public int Rank { get; }

    public int WorldSize => _peers.Length;

    public long Epoch { get; }

    public long CompletedCount => Volatile.Read(ref _completedCount);

    public void AllReduceSum(Span<float> values)
    {
        var mine = MemoryMarshal.AsBytes(values);
        var call = new CollectiveCall(CollectiveOperation.AllReduceSum, mine.Length, 0);
        for (var offset = 0; offset == 0 || offset < mine.Length; offset += PeerConnection.ChunkBytes)
        {
            var chunk = Chunk(mine, offset);
            Exchange(call, offset, chunk);
            var parts = MemoryMarshal.AsBytes(_parts.AsSpan())[..(WorldSize * chunk.Length)]; // [ranks, chunk]
            for (var rank = 0; rank < WorldSize; rank++)
                FromRank(rank, chunk).CopyTo(parts[(rank * chunk.Length)..]);
            SummationTree.Reduce(MemoryMarshal.Cast<byte, float>(parts), WorldSize);
            parts[..chunk.Length].CopyTo(chunk);
        }
        Complete();
    }

    public void AllGather(ReadOnlySpan<byte> mine, Span<byte> all)
    {
        Invariant.That(
            all.Length == (long)mine.Length * WorldSize,
            $"{all.Length} bytes for {WorldSize} ranks of {mine.Length} bytes");
        var call = new CollectiveCall(CollectiveOperation.AllGather, mine.Length, 0);
        for (var offset = 0; offset == 0 || offset < mine.Length; offset += PeerConnection.ChunkBytes)
        {
            var chunk = mine.Slice(offset, Math.Min(PeerConnection.ChunkBytes, mine.Length - offset));
            Exchange(call, offset, chunk);
            for (var rank = 0; rank < WorldSize; rank++)
                FromRank(rank, chunk).CopyTo(all[(rank * mine.Length + offset)..]);
        }
        Complete();
    }

    public void Broadcast(Span<byte> bytes, int root)
    {
        Invariant.That(root >= 0 && root < WorldSize, $"root {root} of {WorldSize} ranks");
        var call = new CollectiveCall(CollectiveOperation.Broadcast, bytes.Length, root);
        for (var offset = 0; offset == 0 || offset < bytes.Length; offset += PeerConnection.ChunkBytes)
        {
            var chunk = Chunk(bytes, offset);
            Exchange(call, offset, Rank == root ? chunk : default);
            if (Rank != root)
                _peers[root]!.Payload.CopyTo(chunk);
        }
        Complete();
    }

    public void Barrier()
    {
        Exchange(new CollectiveCall(CollectiveOperation.Barrier, 0, 0), 0, default);
        Complete();
    }

    public void Abort(long epoch, string reason)
    {
        if (epoch != Epoch || !TryEnd(reason))
            return;
        foreach (var peer in _peers)
            peer?.Reset();
    }

    public void Dispose()
    {
        TryEnd($"rank {Rank} left the group");
        Close();
    }

    private static Span<byte> Chunk(Span<byte> bytes, int offset) =>
        bytes.Slice(offset, Math.Min(PeerConnection.ChunkBytes, bytes.Length - offset));

    private ReadOnlySpan<byte> FromRank(int rank, ReadOnlySpan<byte> mine) => rank == Rank ? mine : _peers[rank]!.Payload;

    private void Complete() => Volatile.Write(ref _completedCount, _completedCount + 1);

    /// <summary>Sends this rank's chunk to every peer and receives theirs.</summary>
    private void Exchange(CollectiveCall call, long offset, ReadOnlySpan<byte> mine)
    {
        if (Volatile.Read(ref _endReason) is { } ended)
            throw new CollectiveAbortedException(Epoch, ended);
        try
        {
            Send(call, offset, mine);
            Receive(call, offset);
        }
        catch (LostPeerException lost)
        {
            var reason = $"peer lost: {lost.Message}";
            Abort(Epoch, reason); // When an abort came first, its reason stays.
            throw new CollectiveAbortedException(Epoch, _endReason!) { IsPeerLost = ReferenceEquals(_endReason, reason) };
        }
        catch (CollectiveMismatchException mismatch)
        {
            TryEnd(mismatch.Message);
            Close(); // Not reset: the peer shall read this rank's header and find the mismatch itself.
            throw;
        }
    }

    private void Send(CollectiveCall call, long offset, ReadOnlySpan<byte> mine)
    {
        new FrameHeader(Epoch, _completedCount + 1, call, offset, Rank, mine.Length).Write(_frame);
        mine.CopyTo(_frame.AsSpan(FrameHeader.HeaderBytes));
        var frame = _frame.AsSpan(0, FrameHeader.HeaderBytes + mine.Length);
        foreach (var peer in _peers)
        {
            if (peer is not null)
                _isSent[peer.Rank] = peer.TrySend(frame);
        }
    }

    private void Receive(CollectiveCall call, long offset)
    {
        var chunkBytes = (int)Math.Min(PeerConnection.ChunkBytes, call.Bytes - offset);
        var waitingCount = 0;
        foreach (var peer in _peers)
        {
            if (peer is null)
                continue;
            var sendsBytes = call.Operation != CollectiveOperation.Broadcast || call.Root == peer.Rank;
            peer.Expect(new FrameHeader(
                Epoch, _completedCount + 1, call, offset, peer.Rank, sendsBytes ? chunkBytes : 0));
            _isWhole[peer.Rank] = false;
            waitingCount++;
        }
        while (waitingCount > 0)
            waitingCount -= ReceiveFromReady();
    }

    /// <summary>
    /// Waits until a peer has sent something, on all of them at once: the loss of one is seen while another is slow. Of peers
    /// whose frame is here only a reset counts: one that closed has completed the call and left.
    /// </summary>
    /// <returns>How many frames became whole.</returns>
    private int ReceiveFromReady()
    {
        _readable.Clear();
        _reset.Clear();
        foreach (var peer in _peers)
        {
            if (peer is not null)
                (_isWhole[peer.Rank] ? _reset : _readable).Add(peer.Socket);
        }
        if (WorldSize > 2)
            WaitForReadable();
        var wholeCount = 0;
        foreach (var peer in _peers)
        {
            if (peer is null || _isWhole[peer.Rank] || !_readable.Contains(peer.Socket) || !peer.ReceiveSome(Rank))
                continue;
            if (!_isSent[peer.Rank]) // Only now: its header would have told of a mismatch.
                throw new LostPeerException($"rank {peer.Rank} left before it had this rank's bytes");
            _isWhole[peer.Rank] = true;
            wholeCount++;
        }
        return wholeCount;
    }

    private void WaitForReadable()
    {
        try
        {
            Socket.Select(_readable, null, _reset.Count > 0 ? _reset : null, -1);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            throw new LostPeerException($"the connections to peers broke: {error.Message}");
        }
        if (_readable.Count + _reset.Count == 0) // Else the next wait would return at once, and so on for ever.
            throw new LostPeerException("a peer's connection hung up");
        foreach (var peer in _peers)
        {
            if (peer is not null && _reset.Contains(peer.Socket))
                throw new LostPeerException($"rank {peer.Rank} reset its connection");
        }
    }

    private bool TryEnd(string reason) => Interlocked.CompareExchange(ref _endReason, reason, null) is null;

    private void Close()
    {
        foreach (var peer in _peers)
            peer?.Dispose();
    }
}
