using Gaudi.Hpu.Collectives;
using Xunit;

namespace Gaudi.Tests.Hpu.Collectives;

public sealed class SingleRankCollectiveTests
{
    [Fact]
    public void Calls_are_counted_and_change_nothing()
    {
        using var alone = new SingleRankCollective(5);
        float[] values = [1, 2];
        var all = new byte[2];
        byte[] bytes = [3];
        alone.AllReduceSum(values);
        alone.AllGather([8, 9], all);
        alone.Broadcast(bytes, 0);
        alone.Barrier();
        Assert.Equal([1, 2], values);
        Assert.Equal([8, 9], all);
        Assert.Equal([3], bytes);
        Assert.Equal((4L, 5L, 0, 1), (alone.CompletedCount, alone.Epoch, alone.Rank, alone.WorldSize));
    }

    [Fact]
    public void Aborted_epoch_stays_aborted()
    {
        using var alone = new SingleRankCollective(5);
        alone.Abort(4, "not mine");
        alone.Barrier();
        alone.Abort(5, "first");
        alone.Abort(5, "second");
        Assert.Equal("first", Assert.Throws<CollectiveAbortedException>(alone.Barrier).Reason);
        Assert.Equal(1, alone.CompletedCount);
    }
}
