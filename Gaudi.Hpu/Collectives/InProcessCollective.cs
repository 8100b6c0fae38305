using System.Runtime.InteropServices;

namespace Gaudi.Hpu.Collectives;

/// <summary>One rank of an <see cref="InProcessGroup"/>. Collective calls come from one thread, abort from any.</summary>
internal sealed class InProcessCollective(InProcessGroup group, int rank) : ICollective
{
    private long _completedCount;
    private float[] _parts = [];

    public int Rank { get; } = rank;

    public int WorldSize => group.WorldSize;

    public long Epoch => group.Epoch;

    public long CompletedCount => Volatile.Read(ref _completedCount);

    /// <exception cref="CollectiveAbortedException">Aborted, cancelled, or too late.</exception>
    public void WaitForPeers(TimeSpan timeout, TimeProvider time, CancellationToken abort)
    {
        using var deadline = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, abort);
        group.WaitForPeers(
            either.Token,
            () => abort.IsCancellationRequested
                ? $"connecting rank {Rank} was cancelled"
                : $"rank {Rank} waited {timeout.TotalSeconds} s");
    }

    public void AllReduceSum(Span<float> values)
    {
        var mine = MemoryMarshal.AsBytes(values);
        var sequence = Exchange(new CollectiveCall(CollectiveOperation.AllReduceSum, mine.Length, 0), mine);
        if (_parts.Length < WorldSize * values.Length)
            _parts = new float[WorldSize * values.Length];
        var parts = _parts.AsSpan(0, WorldSize * values.Length); // [ranks, values]
        for (var peer = 0; peer < WorldSize; peer++)
        {
            var slot = group.Slot(peer, sequence, mine.Length);
            slot.CopyTo(MemoryMarshal.AsBytes(parts.Slice(peer * values.Length, values.Length)));
        }
        SummationTree.Reduce(parts, WorldSize);
        parts[..values.Length].CopyTo(values);
        Complete(sequence);
    }

    public void AllGather(ReadOnlySpan<byte> mine, Span<byte> all)
    {
        Invariant.That(
            all.Length == (long)mine.Length * WorldSize,
            $"{all.Length} bytes for {WorldSize} ranks of {mine.Length} bytes");
        var sequence = Exchange(new CollectiveCall(CollectiveOperation.AllGather, mine.Length, 0), mine);
        for (var peer = 0; peer < WorldSize; peer++)
            group.Slot(peer, sequence, mine.Length).CopyTo(all[(peer * mine.Length)..]);
        Complete(sequence);
    }

    public void Broadcast(Span<byte> bytes, int root)
    {
        Invariant.That(root >= 0 && root < WorldSize, $"root {root} of {WorldSize} ranks");
        var call = new CollectiveCall(CollectiveOperation.Broadcast, bytes.Length, root);
        var sequence = Exchange(call, Rank == root ? bytes : default);
        if (Rank != root)
            group.Slot(root, sequence, bytes.Length).CopyTo(bytes);
        Complete(sequence);
    }

    public void Barrier() => Complete(Exchange(new CollectiveCall(CollectiveOperation.Barrier, 0, 0), default));

    public void Abort(long epoch, string reason)
    {
        if (epoch == Epoch)
            group.Abort(reason);
    }

    public void Dispose() => group.Abort($"rank {Rank} left the group");

    private long Exchange(CollectiveCall call, ReadOnlySpan<byte> mine)
    {
        var sequence = _completedCount + 1;
        group.Exchange(Rank, sequence, call, mine);
        return sequence;
    }

    private void Complete(long sequence) => Volatile.Write(ref _completedCount, sequence);
}
