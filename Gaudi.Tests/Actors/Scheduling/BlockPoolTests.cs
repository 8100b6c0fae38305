using System.Collections.Immutable;
using Gaudi.Actors.Requests;
using Gaudi.Actors.Scheduling;
using Gaudi.Hpu;
using Xunit;

namespace Gaudi.Tests.Actors.Scheduling;

/// <summary>Rules K2 to K6 as far as the pool alone decides them.</summary>
public sealed class BlockPoolTests
{
    private static readonly BlockHash First = Hash(1);
    private static readonly BlockHash Second = Hash(2);
    private static readonly BlockHash Third = Hash(3);

    private static BlockHash Hash(int token) => BlockContent.HashOf(null, [token], 0, 1, CacheKeys.None);

    private static BlockPool Full(int blockCount, params ReadOnlySpan<BlockHash> hashes)
    {
        var pool = new BlockPool(blockCount);
        var blocks = pool.Allocate(hashes.Length)!.Value;
        for (var i = 0; i < hashes.Length; i++)
            pool.Cache(blocks[i], hashes[i]);
        return pool;
    }

    [Fact]
    public void Allocate_takes_from_the_head_of_the_free_list()
    {
        var pool = new BlockPool(6);
        var first = pool.Allocate(3)!.Value;
        Assert.Equal([0, 1, 2], first.AsEnumerable());
        Assert.Equal([3], pool.Allocate(1)!.Value.AsEnumerable());
        pool.Release(first);
        Assert.Equal([4, 5, 2, 1, 0], pool.FreeOrder.AsEnumerable());
        Assert.Equal([4, 5, 2], pool.Allocate(3)!.Value.AsEnumerable());
        pool.CheckIntegrity([[3], [4, 5, 2]]);
    }

    [Fact]
    public void Allocate_fails_whole_when_blocks_run_out()
    {
        var pool = new BlockPool(4);
        pool.Allocate(3);
        Assert.Null(pool.Allocate(2));
        Assert.Equal((3, 1), (pool.UsedCount, pool.FreeCount));
        Assert.NotNull(pool.Allocate(1));
        pool.CheckIntegrity([[0, 1, 2], [3]]);
    }

    /// <summary>Rule K4, the order of upstream's design document: two requests share blocks 0 and 1, both end, a third comes.</summary>
    [Fact]
    public void K4_blocks_are_freed_last_first_and_touched_ones_leave_the_list()
    {
        var pool = Full(10, First, Second, Third);
        var one = ImmutableArray.Create(0, 1, 2).AddRange(pool.Allocate(2)!.Value); // 0 1 2 3 4
        var shared = pool.Find([First, Second]);
        pool.Touch(shared);
        var two = shared.AddRange(pool.Allocate(2)!.Value); // 0 1 5 6
        pool.CheckIntegrity([one, two]);
        pool.Release(one);
        Assert.Equal([7, 8, 9, 4, 3, 2], pool.FreeOrder.AsEnumerable());
        pool.Release(two);
        Assert.Equal([7, 8, 9, 4, 3, 2, 6, 5, 1, 0], pool.FreeOrder.AsEnumerable());
        var found = pool.Find([First, Second, Third, Hash(4)]);
        pool.Touch(found);
        Assert.Equal([7, 8, 9, 4, 3, 6, 5], pool.FreeOrder.AsEnumerable());
        var three = found.AddRange(pool.Allocate(5)!.Value);
        Assert.Equal([0, 1, 2, 7, 8, 9, 4, 3], three.AsEnumerable());
        pool.CheckIntegrity([three]);
    }

    [Fact]
    public void K3_first_unknown_block_ends_the_search()
    {
        var pool = Full(4, First, Third);
        Assert.Equal([0], pool.Find([First, Second, Third]).AsEnumerable());
        Assert.Empty(pool.Find([Second, First]));
    }

    [Fact]
    public void K5_block_that_is_taken_for_something_else_is_known_no_longer()
    {
        var pool = Full(2, First, Second);
        pool.Release([0, 1]); // Block 1 goes first.
        Assert.Equal(2, pool.CachedCount);
        Assert.Equal([1], pool.Allocate(1)!.Value.AsEnumerable());
        Assert.Equal([0], pool.Find([First, Second]).AsEnumerable());
        Assert.Equal(1, pool.CachedCount);
        pool.CheckIntegrity([[1]]);
    }

    [Fact]
    public void K5_reset_fails_while_a_block_is_in_use_and_forgets_all_when_none_is()
    {
        var pool = Full(3, First, Second);
        pool.Release([1]);
        Assert.False(pool.Reset());
        Assert.Equal(2, pool.CachedCount);
        pool.Release([0]);
        Assert.True(pool.Reset());
        Assert.Equal((0, 3), (pool.CachedCount, pool.FreeCount));
        Assert.Empty(pool.Find([First]));
        pool.CheckIntegrity([]);
    }

    [Fact]
    public void K6_equal_content_stands_in_two_blocks_until_one_is_taken()
    {
        var pool = Full(3, First, First);
        Assert.Equal([0], pool.Find([First]).AsEnumerable());
        pool.CheckIntegrity([[0], [1]]);
        pool.Release([0]);
        Assert.Equal([2, 0], pool.Allocate(2)!.Value.AsEnumerable()); // 0 is evicted, 1 still holds the content.
        Assert.Equal([1], pool.Find([First]).AsEnumerable());
        pool.CheckIntegrity([[1], [2, 0]]);
    }

    [Fact]
    public void Block_used_twice_is_free_when_both_gave_it_back()
    {
        var pool = Full(2, First);
        pool.Touch([0]);
        pool.Release([0]);
        Assert.Equal(1, pool.UsedCount);
        pool.CheckIntegrity([[0]]);
        pool.Release([0]);
        Assert.Equal(0, pool.UsedCount);
        Assert.Throws<InvariantBrokenException>(() => pool.Release([0]));
    }

    [Fact]
    public void Uncache_takes_back_what_was_not_computed_and_throws_when_another_uses_it()
    {
        var pool = Full(2, First, Second);
        pool.Uncache(1);
        Assert.Equal([0], pool.Find([First, Second]).AsEnumerable());
        pool.Touch([0]);
        Assert.Throws<InvariantBrokenException>(() => pool.Uncache(0));
    }

    [Fact]
    public void CheckIntegrity_throws_when_the_sequences_say_something_else()
    {
        var pool = new BlockPool(4);
        pool.Allocate(2);
        pool.CheckIntegrity([[0, 1]]);
        Assert.Throws<InvariantBrokenException>(() => pool.CheckIntegrity([]));
        Assert.Throws<InvariantBrokenException>(() => pool.CheckIntegrity([[0]]));
        Assert.Throws<InvariantBrokenException>(() => pool.CheckIntegrity([[0, 2]]));
        Assert.Throws<InvariantBrokenException>(() => pool.CheckIntegrity([[0, 1], [1]]));
    }

    [Fact]
    public void Free_list_and_cache_notice_links_that_do_not_agree()
    {
        var (one, two) = (new KvBlock(0), new KvBlock(1));
        var free = new FreeBlocks();
        free.Append(one);
        free.Append(two);
        free.CheckIntegrity();
        two.Previous = null;
        Assert.Throws<InvariantBrokenException>(free.CheckIntegrity);
        var cached = new CachedBlocks();
        cached.Add(one, First);
        cached.CheckIntegrity([one, two]);
        two.Hash = Second;
        Assert.Throws<InvariantBrokenException>(() => cached.CheckIntegrity([one, two]));
        Assert.Throws<InvariantBrokenException>(() => cached.CheckIntegrity([two]));
    }

    /// <summary>The law: whatever is allocated, found, cached and released, in any order, the three views agree.</summary>
    [Fact]
    public void Random_use_keeps_counts_list_and_hashes_in_agreement()
    {
        for (var seed = 0; seed < 100; seed++)
        {
            var random = new Random(seed);
            var pool = new BlockPool(random.Next(1, 12));
            List<ImmutableArray<int>> tables = [];
            for (var i = 0; i < 100; i++)
            {
                if (random.Next(2) == 0 && tables.Count > 0)
                {
                    var index = random.Next(tables.Count);
                    pool.Release(tables[index]);
                    tables.RemoveAt(index);
                }
                else
                {
                    BlockHash[] chain = [.. Enumerable.Range(0, random.Next(4)).Select(_ => Hash(random.Next(4)))];
                    var found = pool.Find(chain);
                    var newCount = random.Next(4);
                    if (newCount > pool.FreeCount - pool.FreeAmong([.. found.Distinct()]))
                        continue;
                    pool.Touch(found);
                    var fresh = pool.Allocate(newCount)!.Value;
                    tables.Add(found.AddRange(fresh));
                    foreach (var block in fresh.Where(_ => random.Next(2) == 0))
                        pool.Cache(block, Hash(random.Next(4)));
                }
                pool.CheckIntegrity(tables);
            }
            foreach (var table in tables)
                pool.Release(table);
            Assert.True(pool.UsedCount == 0 && pool.Reset(), $"seed {seed}");
        }
    }
}
