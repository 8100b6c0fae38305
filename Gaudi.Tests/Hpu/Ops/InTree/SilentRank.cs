using Gaudi.Hpu.Collectives;

namespace Gaudi.Tests.Hpu.Ops.InTree;

/// <summary>A rank that has a place in a group and never speaks.</summary>
internal sealed class SilentRank(int rank, int worldSize) : ICollective
{
    public int Rank => rank;

    public int WorldSize => worldSize;

    public long Epoch => 1;

    public long CompletedCount => 0;

    public void AllReduceSum(Span<float> values) => throw new NotSupportedException();

    public void AllGather(ReadOnlySpan<byte> mine, Span<byte> all) => throw new NotSupportedException();

    public void Broadcast(Span<byte> bytes, int root) => throw new NotSupportedException();

    public void Barrier() => throw new NotSupportedException();

    public void Abort(long epoch, string reason) => throw new NotSupportedException();

    public void Dispose()
    {
    }
}
