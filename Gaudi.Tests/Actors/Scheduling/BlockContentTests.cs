using Gaudi.Actors.Requests;
using Gaudi.Actors.Scheduling;
using Xunit;

namespace Gaudi.Tests.Actors.Scheduling;

/// <summary>Rule K1: what a block's hash depends on, and what it does not.</summary>
public sealed class BlockContentTests
{
    private static BlockHash First(int[] tokens, CacheKeys? keys = null, int promptTokenCount = 100) =>
        BlockContent.HashOf(null, tokens, 0, promptTokenCount, keys ?? CacheKeys.None);

    private static BlockHash Second(BlockHash parent, CacheKeys? keys = null, int promptTokenCount = 100) =>
        BlockContent.HashOf(parent, [5, 6, 7, 8], 4, promptTokenCount, keys ?? CacheKeys.None);

    [Fact]
    public void K1_hash_is_SHA_256_of_the_parts_each_with_its_size()
    {
        // No parent; 4 tokens 1 2 3 4; 4 of the prompt; no salt; no adapter.
        int[] parts = [0, 4, 1, 2, 3, 4, 4, -1, -1];
        var bytes = parts.SelectMany(BitConverter.GetBytes).ToArray();
        var expected = System.Security.Cryptography.SHA256.HashData(bytes);
        var actual = new byte[32];
        First([1, 2, 3, 4]).CopyTo(actual);
        Assert.Equal(expected, actual);
    }

    [Fact]
    public void K1_same_tokens_behind_another_parent_are_another_block() =>
        Assert.NotEqual(Second(First([1, 2, 3, 4])), Second(First([1, 2, 3, 5])));

    [Fact]
    public void K1_salt_is_in_the_first_block_and_reaches_the_others_through_it()
    {
        var salted = new CacheKeys("salt", null, []);
        Assert.NotEqual(First([1, 2, 3, 4]), First([1, 2, 3, 4], salted));
        Assert.NotEqual(First([1, 2, 3, 4], salted), First([1, 2, 3, 4], new CacheKeys("Salt", null, [])));
        var parent = First([1, 2, 3, 4]);
        Assert.Equal(Second(parent), Second(parent, salted));
    }

    [Fact]
    public void K1_adapter_is_in_every_block()
    {
        var adapted = new CacheKeys(null, "adapter", []);
        var parent = First([1, 2, 3, 4]);
        Assert.NotEqual(First([1, 2, 3, 4]), First([1, 2, 3, 4], adapted));
        Assert.NotEqual(Second(parent), Second(parent, adapted));
    }

    [Fact]
    public void K1_item_is_in_the_blocks_it_touches_and_in_no_other()
    {
        var early = new CacheKeys(null, null, [new CacheItem("cat", 2, 2)]);
        var across = new CacheKeys(null, null, [new CacheItem("cat", 2, 3)]);
        var late = new CacheKeys(null, null, [new CacheItem("cat", 8, 1)]);
        var parent = First([1, 2, 3, 4]);
        Assert.NotEqual(parent, First([1, 2, 3, 4], early));
        Assert.Equal(Second(parent), Second(parent, early));
        Assert.NotEqual(Second(parent), Second(parent, across));
        Assert.Equal(parent, First([1, 2, 3, 4], late));
        Assert.Equal(Second(parent), Second(parent, late));
        Assert.NotEqual(First([1, 2, 3, 4], early), First([1, 2, 3, 4], new CacheKeys(null, null, [new CacheItem("dog", 2, 2)])));
    }

    // A position's role decides its kernel, and so the bits of its keys and values.
    [Fact]
    public void K1_generated_positions_are_not_those_of_a_prompt()
    {
        Assert.NotEqual(First([1, 2, 3, 4], promptTokenCount: 3), First([1, 2, 3, 4], promptTokenCount: 4));
        Assert.Equal(First([1, 2, 3, 4], promptTokenCount: 4), First([1, 2, 3, 4], promptTokenCount: 9));
    }

    [Fact]
    public void K1_keys_that_read_alike_when_joined_are_different_keys()
    {
        CacheKeys[] keys =
        [
            CacheKeys.None, new("ab", null, []), new("a", "b", []), new(null, "ab", []), new("", "ab", []), new("ab", "", []),
            new(null, null, [new CacheItem("ab", 0, 4)]), new("a", null, [new CacheItem("b", 0, 4)]),
            new(null, null, [new CacheItem("a", 0, 2), new CacheItem("b", 2, 2)]),
            new(null, null, [new CacheItem("a", 0, 4), new CacheItem("b", 0, 4)]),
            new("\ud800", null, []), new("\udc00", null, []), new("\ufffd", null, []),
        ];
        Assert.Equal(keys.Length, keys.Select(one => First([1, 2, 3, 4], one)).Distinct().Count());
        Assert.NotEqual(First([1, 2]), First([1, 2, 0]));
    }
}
