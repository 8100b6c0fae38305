namespace Gaudi.Hpu.Collectives;

/// <summary>
/// The data lane between the ranks of one group in one epoch. Every rank calls the same operations in the same order,
/// from its own thread. A call blocks until it is complete or the epoch is aborted. After a failed call, and after
/// disposal on any rank, the epoch has ended on every rank: later calls throw at once. What a failed call has written into
/// its buffers means nothing.
/// </summary>
public interface ICollective : IDisposable
{
    /// <summary>This rank, from 0.</summary>
    int Rank { get; }

    /// <summary>How many ranks take part; at least 1.</summary>
    int WorldSize { get; }

    /// <summary>The group's epoch. Bytes of another epoch are refused.</summary>
    long Epoch { get; }

    /// <summary>Collective calls completed on this rank: equal on every rank at every step's end. Any thread.</summary>
    long CompletedCount { get; }

    /// <summary>
    /// Sums float32 values over ranks, in place. The sum is the fixed binary tree over rank order, ((r0+r1)+(r2+r3))+..., so
    /// that every rank holds the same bits, every run does, and a rank's own subtree of shard sums continues it.
    /// </summary>
    /// <param name="values">The same length on every rank. Overwritten by the sum.</param>
    /// <exception cref="CollectiveAbortedException">The epoch was aborted, or a peer was lost.</exception>
    /// <exception cref="CollectiveMismatchException">Another rank called something else.</exception>
    void AllReduceSum(Span<float> values);

    /// <summary>Concatenates every rank's bytes in rank order.</summary>
    /// <param name="mine">The same length on every rank.</param>
    /// <param name="all">WorldSize times that length.</param>
    /// <exception cref="CollectiveAbortedException">The epoch was aborted, or a peer was lost.</exception>
    /// <exception cref="CollectiveMismatchException">Another rank called something else.</exception>
    void AllGather(ReadOnlySpan<byte> mine, Span<byte> all);

    /// <summary>Gives every rank the bytes of <paramref name="root"/>.</summary>
    /// <exception cref="CollectiveAbortedException">The epoch was aborted, or a peer was lost.</exception>
    /// <exception cref="CollectiveMismatchException">Another rank called something else.</exception>
    void Broadcast(Span<byte> bytes, int root);

    /// <summary>Returns when every rank has called it.</summary>
    /// <exception cref="CollectiveAbortedException">The epoch was aborted, or a peer was lost.</exception>
    /// <exception cref="CollectiveMismatchException">Another rank called something else.</exception>
    void Barrier();

    /// <summary>Frees every waiter of this epoch, on this rank and its peers, in under 100 ms. Any thread; repeatable.</summary>
    /// <param name="epoch">Ignored when it is not this collective's epoch.</param>
    /// <param name="reason">Given to every freed waiter.</param>
    void Abort(long epoch, string reason);
}
