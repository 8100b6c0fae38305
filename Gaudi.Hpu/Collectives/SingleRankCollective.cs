namespace Gaudi.Hpu.Collectives;

/// <summary>The lane of a group of one: every call is complete at once. It counts and aborts as the others do.</summary>
public sealed class SingleRankCollective(long epoch) : ICollective
{
    private long _completedCount;
    private string? _abortReason;

    /// <inheritdoc />
    public int Rank => 0;

    /// <inheritdoc />
    public int WorldSize => 1;

    /// <inheritdoc />
    public long Epoch { get; } = epoch;

    /// <inheritdoc />
    public long CompletedCount => Volatile.Read(ref _completedCount);

    /// <inheritdoc />
    public void AllReduceSum(Span<float> values) => Complete();

    /// <inheritdoc />
    public void AllGather(ReadOnlySpan<byte> mine, Span<byte> all)
    {
        Invariant.That(all.Length == mine.Length, $"{all.Length} bytes for 1 rank of {mine.Length} bytes");
        Complete();
        mine.CopyTo(all);
    }

    /// <inheritdoc />
    public void Broadcast(Span<byte> bytes, int root)
    {
        Invariant.That(root == 0, $"root {root} of 1 rank");
        Complete();
    }

    /// <inheritdoc />
    public void Barrier() => Complete();

    /// <inheritdoc />
    public void Abort(long epoch, string reason)
    {
        if (epoch == Epoch)
            Interlocked.CompareExchange(ref _abortReason, reason, null);
    }

    /// <inheritdoc />
    public void Dispose() => Abort(Epoch, "rank 0 left the group");

    private void Complete()
    {
        if (Volatile.Read(ref _abortReason) is { } reason)
            throw new CollectiveAbortedException(Epoch, reason);
        Volatile.Write(ref _completedCount, _completedCount + 1);
    }
}
