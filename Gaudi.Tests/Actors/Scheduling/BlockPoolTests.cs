using System.Collections.Immutable;
using Gaudi.Actors.Scheduling;
using Gaudi.Hpu;
using Xunit;

namespace Gaudi.Tests.Actors.Scheduling;

public sealed class BlockPoolTests
{
    [Fact]
    public void Allocate_gives_the_lowest_free_blocks()
    {
        var pool = new BlockPool(6);
        var first = pool.Allocate(1, 3)!.Value;
        Assert.Equal([0, 1, 2], first.AsEnumerable());
        Assert.Equal([3], pool.Allocate(2, 1)!.Value.AsEnumerable());
        pool.Release(1, first);
        Assert.Equal([0, 1], pool.Allocate(3, 2)!.Value.AsEnumerable());
        pool.CheckIntegrity([(2, [3]), (3, [0, 1])]);
    }

    [Fact]
    public void Allocate_fails_whole_when_blocks_run_out()
    {
        var pool = new BlockPool(4);
        pool.Allocate(1, 3);
        Assert.Null(pool.Allocate(2, 2));
        Assert.Equal((3, 1), (pool.UsedCount, pool.FreeCount));
        Assert.NotNull(pool.Allocate(2, 1));
    }

    [Fact]
    public void Release_throws_when_a_block_is_anothers_or_given_back_twice()
    {
        var pool = new BlockPool(4);
        var mine = pool.Allocate(1, 2)!.Value;
        Assert.Throws<InvariantBrokenException>(() => pool.Release(2, mine));
        pool.Release(1, mine);
        Assert.Throws<InvariantBrokenException>(() => pool.Release(1, mine));
    }

    [Fact]
    public void CheckIntegrity_throws_when_a_sequence_claims_what_it_does_not_own()
    {
        var pool = new BlockPool(4);
        pool.Allocate(1, 2);
        pool.CheckIntegrity([(1, [0, 1])]);
        Assert.Throws<InvariantBrokenException>(() => pool.CheckIntegrity([]));
        Assert.Throws<InvariantBrokenException>(() => pool.CheckIntegrity([(1, [0])]));
        Assert.Throws<InvariantBrokenException>(() => pool.CheckIntegrity([(1, [0, 2])]));
        Assert.Throws<InvariantBrokenException>(() => pool.CheckIntegrity([(2, [0, 1])]));
    }
}
