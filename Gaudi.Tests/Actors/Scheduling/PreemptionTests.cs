using Gaudi.Actors.Requests;
using Gaudi.Actors.Scheduling;
using Gaudi.Actors.Settings;
using Xunit;

namespace Gaudi.Tests.Actors.Scheduling;

/// <summary>What happens when blocks run out: rules S4 to S8, and the order of the queue under both policies.</summary>
public sealed class PreemptionTests
{
    private static readonly SchedulerSettings Fcfs = SchedulerUnderTest.Small with { SequencesMax = 3, CachesPrefixes = false };
    private static readonly SchedulerSettings Priority = Fcfs with { Policy = SchedulingPolicy.Priority };

    private static GenerationRequest Request(string id, int priority, IEnumerable<int> prompt, int tokensMax = 5) =>
        Given.Request(id, prompt, tokensMax) with { Priority = priority };

    [Fact]
    public void S4_under_fcfs_the_last_running_sequence_gives_its_blocks()
    {
        var under = new SchedulerUnderTest(Fcfs, blockSizeTokens: 2, kvBlockCount: 4);
        var first = under.Accept("a", [1, 2], 6);
        var second = under.Accept("b", [3, 4], 4);
        Assert.Equal("1:2 2:2", under.StepShares());
        Assert.Equal("1:1 2:1", under.StepShares()); // Two blocks each.
        Assert.Equal("1:1 2:1", under.StepShares());
        Assert.Equal("1:1", under.StepShares()); // A third block for the first, and none is left.
        Assert.Equal((1, 1, 1L), (under.Scheduler.RunningCount, under.Scheduler.WaitingCount, under.Scheduler.Counters.PreemptionCount));
        under.RunToEnd();
        SchedulerUnderTest.AssertAsAlone(first);
        SchedulerUnderTest.AssertAsAlone(second);
        Assert.Equal([2, 0, 0, 0, 0, 0, 0, 0], under.Scheduler.Counters.EndedByPreemptions.AsEnumerable());
        Assert.Equal(1, under.Scheduler.Counters.EndedPreemptionCount);
    }

    [Fact]
    public void Every_way_out_counts_a_choice_once_with_its_preemptions()
    {
        var under = new SchedulerUnderTest(Fcfs, blockSizeTokens: 2, kvBlockCount: 4);
        var first = under.Accept("a", [1, 2], 6);
        var second = under.Accept("b", [3, 4], 6);
        var third = under.Accept("c", [3], 2);
        while (second.PreemptionCount == 0)
            under.Step();
        Assert.True(under.Scheduler.Abort(second)); // It waits.
        Assert.Equal((1L, second.PreemptionCount), Ended());
        var plan = under.Plan()!;
        Assert.False(under.Scheduler.Abort(first)); // The step runs with it.
        Assert.Equal((1L, second.PreemptionCount), Ended());
        under.Apply(under.Run(plan));
        under.RunToEnd();
        Assert.Equal((3L, first.PreemptionCount + second.PreemptionCount + third.PreemptionCount), Ended());
        var last = under.Accept("d", [1], 6);
        under.Plan();
        under.Scheduler.Abort(last);
        Assert.Single(under.LoseEpoch());
        Assert.Equal(4L, Ended().Count);
        under.Accept("e", [1, 2], 6); // As long as the context there: it can never fit.
        under.Scheduler.MovedTo(FakeRunner.FactsOf(maxModelLen: 2), out var dropped);
        Assert.Single(dropped);
        Assert.Equal(5L, Ended().Count);

        (long Count, long PreemptionCount) Ended() =>
            (under.Scheduler.Counters.EndedByPreemptions.Sum(), under.Scheduler.Counters.EndedPreemptionCount);
    }

    [Fact]
    public void S4_under_priority_the_least_urgent_and_latest_gives_its_blocks()
    {
        var under = new SchedulerUnderTest(Priority, blockSizeTokens: 2, kvBlockCount: 4);
        under.Accept(Request("urgent", 0, [1, 2]));
        var low = under.Accept(Request("low", 5, [3]));
        var lower = under.Accept(Request("as low and later", 5, [5]));
        Assert.Equal("1:2 2:1 3:1", under.StepShares());
        Assert.Equal("1:1 2:1 3:1", under.StepShares()); // Four blocks in use.
        Assert.Equal("1:1 2:1", under.StepShares());
        Assert.Equal((0, 1), (low.PreemptionCount, lower.PreemptionCount));
        under.RunToEnd();
    }

    [Fact]
    public void S5_victim_that_has_its_share_already_gives_it_back_in_the_same_step()
    {
        var under = new SchedulerUnderTest(Priority with { CachesPrefixes = true }, blockSizeTokens: 2, kvBlockCount: 4);
        var low = under.Accept(Request("low", 9, [1, 2], 6));
        Assert.Equal("1:2", under.StepShares());
        var urgent = under.Accept(Request("urgent", 0, [4, 5, 6, 7], 4));
        Assert.Equal("1:1 2:4", under.StepShares()); // Two blocks each, and none is left.
        // The low one comes first and has room; then the urgent one finds no third block.
        Assert.Equal("2:1", under.StepShares());
        Assert.Equal((0, 1, 4), (low.ComputedCount, low.PreemptionCount, low.Tokens.Count));
        under.RunToEnd();
        SchedulerUnderTest.AssertAsAlone(low);
        SchedulerUnderTest.AssertAsAlone(urgent);
    }

    [Fact]
    public void S5_sequence_behind_the_one_that_took_an_earlier_one_s_blocks_has_its_turn()
    {
        var under = new SchedulerUnderTest(Priority, blockSizeTokens: 2, kvBlockCount: 5);
        var low = under.Accept(Request("low", 9, [1, 2], 6));
        Assert.Equal("1:2", under.StepShares());
        under.Accept(Request("urgent", 0, [4, 5, 6, 7], 4));
        under.Accept(Request("urgent and later", 0, [8], 2));
        Assert.Equal("1:1 2:4 3:1", under.StepShares()); // Two blocks, two and one: none is left.
        Assert.Equal("2:1 3:1", under.StepShares()); // The first one is gone, and nobody is passed over for it.
        Assert.Equal(1, low.PreemptionCount);
        under.RunToEnd();
        SchedulerUnderTest.AssertAsAlone(low);
    }

    [Fact]
    public void S5_share_that_is_given_back_leaves_no_block_known_that_nobody_computed()
    {
        var settings = Priority with { CachesPrefixes = true, StepTokensMax = 20, LongPrefillTokensMax = 4 };
        var under = new SchedulerUnderTest(settings, blockSizeTokens: 2, kvBlockCount: 7);
        var low = under.Accept(Request("low", 9, Enumerable.Range(1, 12), 2));
        Assert.Equal("1:4", under.StepShares());
        under.Accept(Request("urgent", 0, [50, 51], 2));
        Assert.Equal("1:4 2:2", under.StepShares());
        // The low one fills its fifth and sixth block, then loses its share: the urgent one takes the sixth block, the fifth
        // is free, and its content is not what the low one meant it to be.
        Assert.Equal("2:1", under.StepShares());
        Assert.Equal(1, low.PreemptionCount);
        var again = Assert.Single(under.Step()!.Sequences);
        Assert.Equal((8, 4), (again.FirstPosition, again.TokenIds.Length));
        under.RunToEnd();
        SchedulerUnderTest.AssertAsAlone(low);
    }

    [Fact]
    public void S6_sequence_that_preempts_itself_ends_the_turn_of_the_running_ones()
    {
        var under = new SchedulerUnderTest(Priority, blockSizeTokens: 2, kvBlockCount: 4);
        under.Accept(Request("urgent", 0, [1, 9], 5));
        var low = under.Accept(Request("low", 9, [2], 5));
        Assert.Equal("1:2 2:1", under.StepShares());
        under.Accept(Request("urgent and later", 0, [4], 5));
        Assert.Equal("1:1 2:1 3:1", under.StepShares()); // Two blocks, one and one: none is left.
        Assert.Equal("1:1", under.StepShares()); // Low needs a block and is the victim; the third has no turn.
        Assert.Equal(1, low.PreemptionCount);
        Assert.Equal("1:1 3:1", under.StepShares());
        under.RunToEnd();
        SchedulerUnderTest.AssertAsAlone(low);
    }

    // Nobody would ask for the next step otherwise: one is asked for when something comes, or when one was done.
    [Fact]
    public void S6_step_that_would_be_empty_because_one_preempted_itself_is_planned_again()
    {
        var under = new SchedulerUnderTest(Priority, blockSizeTokens: 2, kvBlockCount: 2);
        var low = under.Accept(Request("low", 9, [2], 4));
        under.Step();
        under.Accept(Request("urgent", 0, [1, 5], 3));
        Assert.Equal("1:1 2:2", under.StepShares());
        Assert.Equal("2:1", under.StepShares());
        Assert.Equal(1, low.PreemptionCount);
        under.RunToEnd();
    }

    [Fact]
    public void S7_preempted_sequence_keeps_its_tokens_loses_its_blocks_and_goes_first_again()
    {
        var under = new SchedulerUnderTest(Fcfs with { SequencesMax = 2 }, blockSizeTokens: 2, kvBlockCount: 4);
        under.Accept("a", [1, 2], 6);
        var victim = under.Accept("b", [3, 4], 4);
        under.Accept("c", [5], 1);
        for (var i = 0; i < 4; i++)
            under.Step();
        Assert.Equal((1, 0, 0, 5), (victim.PreemptionCount, victim.Blocks.Length, victim.ComputedCount, victim.Tokens.Count));
        Assert.Equal(["1:1", "1:1", "2:5 3:1"], [under.StepShares(), under.StepShares(), under.StepShares()]);
        under.RunToEnd();
        SchedulerUnderTest.AssertAsAlone(victim);
    }

    [Fact]
    public void S8_step_that_preempted_admits_nobody()
    {
        var under = new SchedulerUnderTest(Priority, blockSizeTokens: 2, kvBlockCount: 4);
        under.Accept(Request("a", 0, [1, 2], 6));
        under.Accept(Request("b", 9, [3, 4], 4));
        for (var i = 0; i < 3; i++)
            under.Step();
        under.Accept(Request("one block would do", 5, [5], 1)); // Before b in the queue.
        Assert.Equal("1:1", under.StepShares()); // b gave two blocks and a took one; the other stays free.
        Assert.Equal((3, 2), (under.Scheduler.BlocksUsed, under.Scheduler.WaitingCount));
        Assert.Equal("1:1 3:1", under.StepShares());
        under.RunToEnd();
    }

    [Fact]
    public void Under_priority_the_queue_is_by_value_then_arrival()
    {
        var under = new SchedulerUnderTest(Priority with { SequencesMax = 1 });
        foreach (var (id, priority) in ((string, int)[])[("first", 1), ("low", 7), ("urgent", -3), ("second", 1)])
            under.Accept(Request(id, priority, [1], 1));
        List<long> order = [];
        while (under.Step() is { } plan)
            order.Add(plan.Sequences[0].SequenceId);
        Assert.Equal([3, 1, 4, 2], order);
    }

    [Fact]
    public void Priority_under_fcfs_is_refused_by_its_name()
    {
        var refused = new SchedulerUnderTest(Fcfs).Reject(Request("r", -1, [1]));
        Assert.Equal(RefusalKind.Invalid, refused.Kind);
        Assert.StartsWith("priority = -1: expected 0, because the scheduling policy is fcfs", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Abort_of_a_preempted_sequence_leaves_nothing_behind()
    {
        var under = new SchedulerUnderTest(Fcfs, blockSizeTokens: 2, kvBlockCount: 4);
        under.Accept("a", [1, 2], 6);
        var victim = under.Accept("b", [3, 4], 4);
        for (var i = 0; i < 4; i++)
            under.Step();
        Assert.Equal(1, victim.PreemptionCount);
        Assert.True(under.Scheduler.Abort(victim));
        Assert.Equal(0, under.Scheduler.WaitingCount);
        under.RunToEnd();
    }
}
