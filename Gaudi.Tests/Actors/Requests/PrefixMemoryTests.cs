using System.Collections.Immutable;
using Gaudi.Actors.Requests;
using Gaudi.Actors.Scheduling;
using Xunit;

namespace Gaudi.Tests.Actors.Requests;

/// <summary>What a gateway remembers of a replica's prompts, and what tells one prompt's blocks from another's.</summary>
public sealed class PrefixMemoryTests
{
    private static ImmutableArray<BlockHash> Prefix(IEnumerable<int> prompt, CacheKeys? keys = null) =>
        PromptPrefix.Of(Given.Request("r", prompt) with { CacheKeys = keys ?? CacheKeys.None }, 4);

    [Fact]
    public void Prefix_has_a_hash_for_each_full_block_and_each_says_what_was_before_it()
    {
        var (one, other) = (Prefix(Enumerable.Range(0, 11)), Prefix([9, 1, 2, 3, 4, 5, 6, 7]));
        Assert.Equal(2, one.Length);
        Assert.Equal(one[..2].AsEnumerable(), Prefix(Enumerable.Range(0, 8)));
        Assert.NotEqual(one[0], other[0]);
        Assert.NotEqual(one[1], other[1]); // The same tokens behind others.
        Assert.Empty(Prefix([1, 2, 3]));
    }

    [Fact]
    public void Salt_adapter_and_images_tell_prefixes_apart()
    {
        int[] prompt = [1, 2, 3, 4];
        var hashes = new[]
        {
            CacheKeys.None, CacheKeys.None with { Salt = "s" }, CacheKeys.None with { LoraId = "a" },
            CacheKeys.None with { Items = [new CacheItem("image", 1, 2)] },
        }.Select(keys => Prefix(prompt, keys)[0]);
        Assert.Equal(4, hashes.Distinct().Count());
    }

    [Fact]
    public void Match_ends_at_the_first_block_that_is_not_known()
    {
        var memory = new PrefixMemory(8);
        memory.Remember(Prefix(Enumerable.Range(0, 12)));
        Assert.Equal(3, memory.MatchOf(Prefix(Enumerable.Range(0, 16))));
        Assert.Equal(2, memory.MatchOf(Prefix([0, 1, 2, 3, 4, 5, 6, 7, 0, 0, 0, 0])));
        Assert.Equal(0, memory.MatchOf(Prefix([5, 1, 2, 3, 4, 5, 6, 7])));
        memory.Clear();
        Assert.Equal((0, 0), (memory.Count, memory.MatchOf(Prefix(Enumerable.Range(0, 12)))));
    }

    [Fact]
    public void Last_blocks_of_the_prompt_used_longest_ago_are_forgotten_first()
    {
        var memory = new PrefixMemory(5);
        var (old, used, fresh) = (Prefix([1, 1, 1, 1, 2, 2, 2, 2]), Prefix([3, 3, 3, 3, 4, 4, 4, 4]), Prefix([5, 5, 5, 5, 6, 6, 6, 6]));
        memory.Remember(old);
        memory.Remember(used);
        memory.Remember(old);
        memory.Remember(fresh);
        Assert.Equal((2, 1, 2), (memory.MatchOf(old), memory.MatchOf(used), memory.MatchOf(fresh)));
    }

    [Fact]
    public void Memory_never_holds_more_than_its_limit_and_of_a_long_prompt_the_beginning()
    {
        var random = new Random(5);
        var memory = new PrefixMemory(7);
        for (var turn = 0; turn < 500; turn++)
        {
            var prefix = Prefix(Enumerable.Range(0, random.Next(60)).Select(_ => random.Next(2)));
            memory.Remember(prefix);
            Assert.InRange(memory.Count, 0, 7);
            Assert.Equal(Math.Min(7, prefix.Length), memory.MatchOf(prefix));
        }
    }

    [Fact]
    public void Memory_of_no_blocks_knows_nothing()
    {
        var memory = new PrefixMemory(0);
        memory.Remember(Prefix(Enumerable.Range(0, 12)));
        Assert.Equal(0, memory.MatchOf(Prefix(Enumerable.Range(0, 12))));
    }
}
