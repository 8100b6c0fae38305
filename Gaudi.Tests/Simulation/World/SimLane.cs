using Gaudi.Hpu.Collectives;

namespace Gaudi.Tests.Simulation.World;

/// <summary>One rank's end of a lane. What it would carry is counted in the cost of a step; here it says who is still in it.</summary>
/// <param name="group">The lane.</param>
/// <param name="rank">Whose end.</param>
internal sealed class SimLane(LaneGroup group, int rank) : ICollective
{
    private const string NoTensors = "a simulated rank's steps are asked for whole";

    /// <summary>The lane.</summary>
    internal LaneGroup Group => group;

    public int Rank => rank;

    public int WorldSize => group.WorldSize;

    public long Epoch => group.Epoch;

    public long CompletedCount { get; private set; }

    /// <summary>Why it ended on this rank; null while it has not.</summary>
    internal string? Ended { get; set; }

    /// <summary>It ended because a connection broke.</summary>
    internal bool IsPeerLost { get; set; }

    public void AllReduceSum(Span<float> values) => throw new NotSupportedException(NoTensors);

    public void AllGather(ReadOnlySpan<byte> mine, Span<byte> all) => throw new NotSupportedException(NoTensors);

    public void Broadcast(Span<byte> bytes, int root) => throw new NotSupportedException(NoTensors);

    public void Barrier() => throw new NotSupportedException(NoTensors);

    public void Abort(long epoch, string reason)
    {
        if (epoch == Epoch)
            group.End(rank, reason, isPeerLost: false);
    }

    public void Dispose() => group.End(rank, $"rank {rank} left the group", isPeerLost: false);

    /// <summary>The calls of one step are over.</summary>
    /// <exception cref="CollectiveAbortedException">The epoch ended first.</exception>
    internal void CompleteStep(int callCount)
    {
        if (Ended is { } reason)
            throw new CollectiveAbortedException(Epoch, reason) { IsPeerLost = IsPeerLost };
        CompletedCount += callCount;
    }
}
