using Gaudi.Actors.Requests;
using Gaudi.Actors.Scheduling;
using Gaudi.Hpu.Execution;
using Xunit;

namespace Gaudi.Tests.Actors.Scheduling;

/// <summary>Prefix caching through the scheduler: rules S11, S17 and K1 to K6. Block size 4 as in upstream's example.</summary>
public sealed class PrefixCacheTests
{
    private static readonly int[] Ten = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

    private static SchedulerUnderTest New(int stepTokensMax = 64, int kvBlockCount = 32) =>
        new(SchedulerUnderTest.Small with { StepTokensMax = stepTokensMax, SequencesMax = 4 }, kvBlockCount: kvBlockCount);

    private static (int First, int Count) OnlyShare(StepPlan? plan)
    {
        var step = Assert.Single(plan!.Sequences);
        return (step.FirstPosition, step.TokenIds.Length);
    }

    private static void Finish(SchedulerUnderTest under, GenerationRequest request)
    {
        under.Accept(request);
        under.RunToEnd();
    }

    [Fact]
    public void K3_prompt_of_14_that_shares_10_finds_8()
    {
        var under = New();
        Finish(under, Given.Request("first", [.. Ten, 11, 12, 13, 14, 15], 1));
        var sequence = under.Accept("second", [.. Ten, 21, 22, 23, 24], 1);
        Assert.Equal((8, 6), OnlyShare(under.Step()));
        Assert.Equal(8, sequence.CachedTokenCount);
        SchedulerUnderTest.AssertAsAlone(sequence);
    }

    [Fact]
    public void K2_partial_block_is_not_found()
    {
        var under = New();
        Finish(under, Given.Request("first", [1, 2, 3, 4, 5, 6], 1)); // Positions 0 to 5: one full block.
        under.Accept("second", [1, 2, 3, 4, 5, 6, 7, 8, 9], 1);
        Assert.Equal((4, 5), OnlyShare(under.Step()));
    }

    [Fact]
    public void K2_block_is_found_by_a_later_sequence_of_the_step_that_fills_it()
    {
        var under = New();
        var first = under.Accept("first", Ten, 1);
        var second = under.Accept("second", [.. Ten, 11], 1);
        var plan = under.Plan()!;
        Assert.Equal([(0, 10), (8, 3)], plan.Sequences.Select(step => (step.FirstPosition, step.TokenIds.Length)));
        Assert.Equal(plan.Sequences[0].BlockTable[..2].AsEnumerable(), plan.Sequences[1].BlockTable[..2].AsEnumerable());
        under.Apply(under.Run(plan));
        SchedulerUnderTest.AssertAsAlone(first);
        SchedulerUnderTest.AssertAsAlone(second);
        Assert.Equal(0, under.Scheduler.BlocksUsed);
    }

    [Fact]
    public void S11_at_least_one_token_is_left_to_compute()
    {
        var under = New();
        Finish(under, Given.Request("first", [1, 2, 3, 4, 5, 6, 7, 8], 1));
        var again = under.Accept("second", [1, 2, 3, 4, 5, 6, 7, 8], 1);
        Assert.Equal((4, 4), OnlyShare(under.Step())); // Both blocks are known; the last is computed for its last row.
        SchedulerUnderTest.AssertAsAlone(again);
    }

    [Fact]
    public void K6_content_that_is_computed_again_stands_in_a_second_block()
    {
        var under = New();
        under.Accept("first", [1, 2, 3, 4], 9);
        under.Step();
        under.Accept("second", [1, 2, 3, 4], 9); // Its only block is known, and must be computed for its last row.
        var plan = under.Step()!;
        Assert.NotEqual(plan.Sequences[0].BlockTable[0], plan.Sequences[1].BlockTable[0]);
        under.RunToEnd();
    }

    [Fact]
    public void K1_salt_and_adapter_and_items_keep_prefixes_apart()
    {
        CacheKeys[] keys =
        [
            CacheKeys.None, new("salt", null, []), new("other", null, []), new(null, "adapter", []),
            new(null, null, [new CacheItem("cat", 1, 2)]), new(null, null, [new CacheItem("dog", 1, 2)]),
        ];
        var under = New();
        foreach (var key in keys)
        {
            Finish(under, Given.Request("first", Ten, 1) with { CacheKeys = key });
            Assert.Equal(0, under.Scheduler.Counters.CacheHitTokenCount);
        }
        var hitCount = 0;
        foreach (var key in keys)
        {
            Finish(under, Given.Request("again", Ten, 1) with { CacheKeys = key });
            Assert.Equal(hitCount += 8, under.Scheduler.Counters.CacheHitTokenCount);
        }
    }

    // ARCHITECTURE, decision 14: the same tokens once generated and once as a prompt have other keys and values.
    [Fact]
    public void K1_answer_that_comes_back_as_a_prompt_is_found_only_as_far_as_the_prompt_went()
    {
        var under = New();
        Finish(under, Given.Request("first", [1, 2, 3, 4, 5], 9));
        var next = under.Accept("second", [1, 2, 3, 4, 5, .. FakeModel.Continue([1, 2, 3, 4, 5], 9), 7], 1);
        Assert.Equal(4, OnlyShare(under.Step()).First);
        SchedulerUnderTest.AssertAsAlone(next);
    }

    [Fact]
    public void Work_that_begins_again_elsewhere_finds_generated_blocks_too()
    {
        var under = New();
        var whole = FakeModel.Continue([1, 2, 3, 4, 5], 12);
        Finish(under, Given.Request("first", [1, 2, 3, 4, 5], 9));
        var next = under.Accept(Given.Request("second", [1, 2, 3, 4, 5], 12), [.. whole[..8]]);
        Assert.Equal((12, 1), OnlyShare(under.Step()));
        under.RunToEnd();
        Assert.Equal(whole, next.Tokens.Skip(5));
        Assert.Equal(5, next.CachedTokenCount); // Of the prompt.
    }

    [Fact]
    public void S17_cached_tokens_are_those_of_the_first_admission()
    {
        var under = new SchedulerUnderTest(
            SchedulerUnderTest.Small with { StepTokensMax = 20 }, blockSizeTokens: 2, kvBlockCount: 5);
        under.Accept("a", [1, 2], 6);
        var victim = under.Accept("b", [3, 4], 4);
        StepPlan? last = null;
        while (under.Step() is { } plan)
            last = plan;
        Assert.Equal((2, 3), OnlyShare(last)); // The victim came back and found its first block.
        Assert.Equal((1, 0), (victim.PreemptionCount, victim.CachedTokenCount));
        var counters = under.Scheduler.Counters;
        Assert.Equal((4L, 4L, 0L), (counters.PromptTokenCount, counters.CacheQueriedTokenCount, counters.CacheHitTokenCount));
        SchedulerUnderTest.AssertAsAlone(victim);
    }

    [Fact]
    public void K5_prefix_that_was_evicted_is_computed_again()
    {
        var under = New(kvBlockCount: 3);
        Finish(under, Given.Request("first", Ten, 1));
        Finish(under, Given.Request("other", Enumerable.Range(20, 10), 1)); // Takes all three blocks.
        under.Accept("again", Ten, 1);
        Assert.Equal((0, 10), OnlyShare(under.Step()));
    }

    [Fact]
    public void Prefix_that_others_use_needs_no_further_block()
    {
        var under = New(kvBlockCount: 4);
        under.Accept("first", Ten, 2);
        under.Step();
        Assert.Equal(3, under.Scheduler.BlocksUsed);
        var second = under.Accept("second", [.. Ten[..8], 11], 1); // Shares two blocks and takes the last free one.
        Assert.Equal("1:1 2:1", under.StepShares());
        SchedulerUnderTest.AssertAsAlone(second);
        under.RunToEnd();
    }

    [Fact]
    public void Epoch_that_ends_forgets_every_prefix()
    {
        var under = New();
        Finish(under, Given.Request("first", Ten, 1));
        under.LoseEpoch();
        under.Accept("again", Ten, 1);
        Assert.Equal((0, 10), OnlyShare(under.Step()));
    }

    [Fact]
    public void Request_that_asks_for_prompt_logprobs_computes_every_row_and_others_find_them()
    {
        var under = New();
        Finish(under, Given.Request("first", Ten, 1));
        var scored = Given.Request("scored", Ten, 1) with { PromptLogprobCount = 0 };
        under.Accept(scored);
        Assert.Equal((0, 10), OnlyShare(under.Step()));
        Assert.Equal(10, under.Scheduler.Counters.CacheQueriedTokenCount); // The first one's.
    }

    [Fact]
    public void Caching_that_is_off_finds_nothing()
    {
        var under = new SchedulerUnderTest(SchedulerUnderTest.Small with { StepTokensMax = 64, CachesPrefixes = false });
        Finish(under, Given.Request("first", Ten, 1));
        under.Accept("again", Ten, 1);
        Assert.Equal((0, 10), OnlyShare(under.Step()));
        Assert.Equal(0, under.Scheduler.Counters.CacheQueriedTokenCount);
    }
}
