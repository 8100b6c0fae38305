using Gaudi.Actors.Requests;
using Gaudi.Actors.Scheduling;
using Gaudi.Actors.Settings;
using Gaudi.Hpu;
using Gaudi.Hpu.Execution;
using Xunit;

namespace Gaudi.Tests.Actors.Scheduling;

/// <summary>Who gets how many tokens of a step: rules S1 to S3, S9, S10, S12 to S16, S18 and S19.</summary>
public sealed class StepRuleTests
{
    private static readonly SchedulerSettings Small = SchedulerUnderTest.Small;

    private static GenerationRequest Adapted(string id, string lora, int tokensMax = 5) =>
        Given.Request(id, [1, 2], tokensMax) with { CacheKeys = new CacheKeys(null, lora, []) };

    [Fact]
    public void S1_running_sequences_come_first_in_order_and_decode_and_prefill_share_a_step()
    {
        var under = new SchedulerUnderTest(Small with { SequencesMax = 3 });
        under.Accept("a", [1, 2, 3]);
        under.Accept("b", [4]);
        Assert.Equal("1:3 2:1", under.StepShares());
        under.Accept("c", Enumerable.Range(1, 9));
        Assert.Equal("1:1 2:1 3:6", under.StepShares());
        Assert.Equal("1:1 2:1 3:3", under.StepShares());
        under.RunToEnd();
    }

    [Fact]
    public void S2_long_prefill_threshold_leaves_room_for_others()
    {
        var under = new SchedulerUnderTest(Small with { LongPrefillTokensMax = 3 });
        under.Accept("long", Enumerable.Range(1, 8), 1);
        under.Accept("other", Enumerable.Range(1, 5), 1);
        Assert.Equal("1:3 2:3", under.StepShares());
        Assert.Equal("1:3 2:2", under.StepShares());
        Assert.Equal("1:2", under.StepShares());
    }

    [Fact]
    public void S2_computed_positions_stop_one_before_the_longest_sequence()
    {
        var under = new SchedulerUnderTest(maxModelLen: 6);
        var sequence = under.Accept("r", [1, 2, 3], 50);
        var last = 0;
        while (under.Step() is { } plan)
            last = plan.Sequences[0].FirstPosition + plan.Sequences[0].TokenIds.Length;
        Assert.Equal((5, 6), (last, sequence.Tokens.Count));
    }

    [Fact]
    public void S3_sequence_without_anything_to_compute_is_skipped_and_later_ones_run()
    {
        var under = new SchedulerUnderTest();
        var idle = under.Accept("idle", [1, 2]);
        under.Accept("busy", [3, 4]);
        under.Step();
        idle.ComputedCount = idle.Tokens.Count; // Nothing in today's engine brings a sequence here.
        Assert.Equal("2:1", under.StepShares());
    }

    [Fact]
    public void S9_admission_ends_when_enough_run_or_the_budget_is_spent()
    {
        var under = new SchedulerUnderTest();
        for (var i = 0; i < 3; i++)
            under.Accept($"{i}", [i + 1]);
        Assert.Equal("1:1 2:1", under.StepShares());
        Assert.Equal((2, 1), (under.Scheduler.RunningCount, under.Scheduler.WaitingCount));

        var spent = new SchedulerUnderTest();
        spent.Accept("whole budget", Enumerable.Range(1, 8));
        spent.Accept("next", [1]);
        Assert.Equal("1:8", spent.StepShares());
        Assert.Equal("1:1 2:1", spent.StepShares());
    }

    [Fact]
    public void S10_sequence_that_waits_for_an_adapter_keeps_its_place_and_others_pass()
    {
        var under = new SchedulerUnderTest(Small with { SequencesMax = 3 });
        under.Accept(Adapted("a", "first", tokensMax: 2));
        under.Accept(Adapted("b", "second"));
        under.Accept(Adapted("c", "first"));
        under.Accept("d", [9]);
        Assert.Equal("1:2 3:2 4:1", under.StepShares());
        Assert.Equal("1:1 3:1 4:1", under.StepShares()); // 1 ends here; its adapter stays with 3.
        under.Accept("late", [8]);
        Assert.Equal("3:1 4:1 5:1", under.StepShares());
        under.RunToEnd();
    }

    [Fact]
    public void S19_adapters_of_the_running_set_never_exceed_the_limit()
    {
        foreach (var limit in (int[])[1, 2, 3])
        {
            var under = new SchedulerUnderTest(Small with { SequencesMax = 4, LorasMax = limit });
            for (var i = 0; i < 6; i++)
                under.Accept(Adapted($"{i}", $"lora {i % 3}", tokensMax: 2));
            var together = 0;
            while (under.Plan() is { } plan)
            {
                // Ids count from 1 in the order of arrival.
                var loras = plan.Sequences.Select(step => (step.SequenceId - 1) % 3).Distinct().Count();
                together = Math.Max(together, loras);
                Assert.Equal(Enumerable.Range(1, limit).Intersect(plan.Loras.Select(place => place.Slot)), plan.Loras.Select(place => place.Slot));
                Assert.All(plan.Sequences, step => Assert.Contains(
                    new LoraPlace(step.LoraSlot, $"lora {(step.SequenceId - 1) % 3}"), plan.Loras));
                under.Apply(under.Run(plan));
            }
            Assert.Equal(limit, together);
        }
    }

    [Fact]
    public void S12_resumed_work_counts_its_outputs_too()
    {
        var whole = FakeModel.Continue([1, 2, 3], 6);
        var under = new SchedulerUnderTest();
        var sequence = under.Accept(Given.Request("r", [1, 2, 3], 6), whole[0], whole[1], whole[2]);
        var step = under.Step()!.Sequences[0];
        Assert.Equal((3, 6, 0), (step.PromptTokenCount, step.TokenIds.Length, step.FirstPosition));
        under.RunToEnd();
        Assert.Equal(whole, sequence.Tokens.Skip(3));
    }

    [Fact]
    public void S13_chunked_prefill_cuts_a_prompt_to_the_budget_and_draws_once()
    {
        var under = new SchedulerUnderTest();
        under.Accept("r", Enumerable.Range(1, 20), 1);
        List<(int First, int Count, bool Draws)> chunks = [];
        while (under.Step() is { } plan)
        {
            var one = Assert.Single(plan.Sequences);
            chunks.Add((one.FirstPosition, one.TokenIds.Length, one.Sampling is not null));
        }
        Assert.Equal([(0, 8, false), (8, 8, false), (16, 4, true)], chunks);
    }

    [Fact]
    public void S13_without_chunks_a_prompt_over_the_rest_of_the_budget_ends_admission()
    {
        var under = new SchedulerUnderTest(Small with { ChunksPrefill = false, SequencesMax = 3 }, maxModelLen: 8);
        under.Accept("a", [1, 2, 3], 2);
        under.Accept("too long now", [1, 2, 3, 4, 5, 6], 1);
        under.Accept("would fit", [7], 1);
        Assert.Equal("1:3", under.StepShares());
        Assert.Equal("1:1 2:6 3:1", under.StepShares());
    }

    [Fact]
    public void S13_without_chunks_a_request_over_the_whole_budget_is_refused_when_it_comes()
    {
        var under = new SchedulerUnderTest(Small with { ChunksPrefill = false });
        var refused = under.Reject(Given.Request("r", [1, 2, 3, 4, 5], 5));
        Assert.Equal(RefusalKind.Invalid, refused.Kind);
        Assert.Equal(
            "the request can take 9 positions and, with chunked prefill off, a step computes at most 8; "
            + "lower max_tokens, raise max-num-batched-tokens or turn chunked prefill on", refused.Message);
        under.Accept("fits", [1, 2, 3, 4, 5], 4);
        under.RunToEnd();
    }

    [Fact]
    public void S14_sequence_that_finds_no_block_ends_admission_and_nobody_is_preempted_for_it()
    {
        var under = new SchedulerUnderTest(Small with { SequencesMax = 3 }, kvBlockCount: 2);
        under.Accept("a", [1, 2, 3, 4, 5], 3);
        under.Accept("no room", [6, 7, 8], 1);
        Assert.Equal("1:5", under.StepShares());
        Assert.Equal((1, 1, 0L), (under.Scheduler.RunningCount, under.Scheduler.WaitingCount, under.Scheduler.Counters.PreemptionCount));
        under.RunToEnd();
    }

    [Fact]
    public void S15_step_that_would_exceed_its_budget_is_a_broken_invariant()
    {
        var step = new StepInMaking(2, FakeModel.VocabularySize, hiddenSize: 0);
        var sequence = new Sequence(1, Given.Request("r", [1, 2, 3]), []);
        Assert.Throws<InvariantBrokenException>(() => step.Add(new StepShare(sequence, 0, 3, 0)));
        step.Add(new StepShare(sequence, 0, 2, 0));
        Assert.Equal(0, step.Budget);
        Assert.Throws<InvariantBrokenException>(() => step.Speculate(0, [1], 0));
    }

    [Fact]
    public void S16_positions_count_as_computed_when_they_are_planned()
    {
        var under = new SchedulerUnderTest();
        var sequence = under.Accept("r", [1, 2, 3]);
        var plan = under.Plan()!;
        Assert.Equal(3, sequence.ComputedCount);
        under.Apply(under.Run(plan));
        Assert.Equal((3, 4), (sequence.ComputedCount, sequence.Tokens.Count));
    }

    [Fact]
    public void S18_pause_of_new_work_lets_running_sequences_end()
    {
        var under = new SchedulerUnderTest();
        under.Accept("runs", [1, 2], 3);
        under.Step();
        under.Accept("waits", [3], 1);
        under.Scheduler.Pause = SchedulerPause.NewWork;
        Assert.Equal(["1:1", "1:1", ""], [under.StepShares(), under.StepShares(), under.StepShares()]);
        Assert.Equal((0, 1), (under.Scheduler.RunningCount, under.Scheduler.WaitingCount));
        under.Scheduler.Pause = SchedulerPause.None;
        Assert.Equal("2:1", under.StepShares());
    }

    [Fact]
    public void S18_pause_of_everything_keeps_blocks_and_places()
    {
        var under = new SchedulerUnderTest();
        var sequence = under.Accept("runs", [1, 2], 3);
        under.Step();
        under.Scheduler.Pause = SchedulerPause.All;
        Assert.Null(under.Plan());
        Assert.Equal((1, 1), (under.Scheduler.RunningCount, under.Scheduler.BlocksUsed));
        under.Scheduler.Pause = SchedulerPause.None;
        under.RunToEnd();
        SchedulerUnderTest.AssertAsAlone(sequence);
    }

    [Fact]
    public void History_travels_only_where_the_next_draw_needs_it()
    {
        var under = new SchedulerUnderTest();
        var plain = under.Accept("plain", [1, 2], 3);
        var punished = under.Accept(Given.Request("punished", Enumerable.Range(1, 9), 3) with
        {
            Sampling = Given.Greedy with { RepetitionPenalty = 1.5f },
        });
        List<(long, int)> histories = [];
        while (under.Step() is { } plan)
            histories.AddRange(plan.Sequences.Select(step => (step.SequenceId, step.History.Length)));
        // The prompt of 9 is cut into 6 and 3: the first chunk draws nothing.
        Assert.Equal([(1L, 0), (2L, 0), (1L, 0), (2L, 6), (1L, 0), (2L, 9), (2L, 10)], histories);
        SchedulerUnderTest.AssertAsAlone(plain);
        SchedulerUnderTest.AssertAsAlone(punished);
    }
}
