using Gaudi.Actors.Requests;
using Gaudi.Actors.Scheduling;
using Gaudi.Actors.Settings;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu;
using Xunit;

namespace Gaudi.Tests.Actors.Scheduling;

/// <summary>Drafts: where they come from, when they are dropped, what is kept of them (rules S2, S7, S16, K2).</summary>
public sealed class SpeculationTests
{
    private static readonly SchedulerSettings ByModel = SchedulerUnderTest.Small with
    {
        StepTokensMax = 32,
        Speculation = new SpeculationSettings(SpeculationMethod.DraftModel, "/draft", 3, 1, 1, VerificationMode.Coupled),
    };

    private static readonly SchedulerSettings ByNgram = ByModel with
    {
        Speculation = new SpeculationSettings(SpeculationMethod.Ngram, null, 3, 1, 2, VerificationMode.Coupled),
    };

    private static StepOutput WithDrafts(StepOutput output, params int[] tokens) => output with
    {
        Drafts = [new DraftedTokens(output.Tokens[0].SequenceId, [.. tokens])],
    };

    [Fact]
    public void Drafts_that_stand_give_several_tokens_a_step_and_change_none()
    {
        var under = new SchedulerUnderTest(ByModel);
        var sequence = under.Accept("r", [1, 2, 3], 20);
        var stepCount = 0;
        while (under.Step() is not null)
            stepCount++;
        SchedulerUnderTest.AssertAsAlone(sequence);
        Assert.Equal(23, sequence.Tokens.Count);
        Assert.InRange(stepCount, 5, 15); // The fake draft errs in every third place.
        var counters = under.Scheduler.Counters;
        Assert.Equal(20, counters.GeneratedTokenCount);
        Assert.Equal(counters.AcceptedTokenCount, counters.AcceptedByPosition.Sum());
        Assert.Equal(20, stepCount + counters.AcceptedTokenCount);
        Assert.True(counters.DraftCount < stepCount && counters.DraftTokenCount > counters.AcceptedTokenCount, $"{counters}");
        Assert.Equal(3, counters.AcceptedByPosition.Length);
    }

    [Fact]
    public void Drafts_follow_the_known_tokens_and_the_table_has_places_for_them_and_the_next_ones()
    {
        var under = new SchedulerUnderTest(ByModel);
        var sequence = under.Accept("r", [1, 2, 3], 20);
        var plan = under.Plan()!;
        Assert.Equal((0, 3), (plan.Sequences[0].DraftCount, plan.Sequences[0].DraftCountMax));
        Assert.Equal(2, plan.Sequences[0].BlockTable.Length); // 3 known and 3 drafts: 6 places, blocks of 4.
        var output = under.Run(plan);
        under.Apply(WithDrafts(output, 7, 8, 9));
        var step = under.Plan()!.Sequences[0];
        Assert.Equal([sequence.Tokens[3], 7, 8, 9], step.TokenIds.AsEnumerable());
        Assert.Equal((3, 3, 3, 3), (step.FirstPosition, step.DraftCount, step.DraftCountMax, step.BlockTable.Length));
        Assert.Equal(7, sequence.ComputedCount); // S16
    }

    [Fact]
    public void S16_what_a_rejected_draft_computed_is_rolled_back()
    {
        var under = new SchedulerUnderTest(ByModel);
        var sequence = under.Accept("r", [1, 2, 3], 20);
        var output = under.Run(under.Plan()!);
        var next = FakeModel.Continue([1, 2, 3], 5);
        under.Apply(WithDrafts(output, next[1], 999 - next[2], next[3]));
        var plan = under.Plan()!;
        Assert.Equal(7, sequence.ComputedCount);
        var progress = Assert.Single(under.Apply(under.Run(plan)));
        Assert.Equal([(4, next[1]), (5, next[2])], progress.Tokens.Select(token => (token.Position, token.TokenId)));
        Assert.Equal((5, 6), (sequence.ComputedCount, sequence.Tokens.Count));
        Assert.Equal([1L, 0L, 0L], under.Scheduler.Counters.AcceptedByPosition.AsEnumerable());
        Assert.Equal((1L, 3L, 1L), under.Scheduler.Counters is var counters
            ? (counters.DraftCount, counters.DraftTokenCount, counters.AcceptedTokenCount) : default);
        under.RunToEnd();
        SchedulerUnderTest.AssertAsAlone(sequence);
    }

    [Theory]
    [InlineData(64, 5)] // The request's own limit: 3 + 5 tokens.
    [InlineData(8, 50)] // The model's.
    public void S2_no_draft_is_verified_or_proposed_behind_the_last_token(int maxModelLen, int tokensMax)
    {
        var under = new SchedulerUnderTest(ByModel, maxModelLen);
        var sequence = under.Accept("r", [1, 2, 3], tokensMax);
        while (under.Plan() is { } plan)
        {
            var step = plan.Sequences[0];
            var known = step.FirstPosition + step.TokenIds.Length - step.DraftCount;
            Assert.True(known + step.DraftCount < 8, $"{known} known and {step.DraftCount} drafts");
            Assert.True(known + step.DraftCount + step.DraftCountMax < 8, $"{step.DraftCountMax} more");
            under.Apply(under.Run(plan));
        }
        Assert.Equal(8, sequence.Tokens.Count);
        SchedulerUnderTest.AssertAsAlone(sequence);
    }

    [Fact]
    public void Drafts_are_cut_to_the_budget_and_come_after_everybody_s_known_tokens()
    {
        var under = new SchedulerUnderTest(ByModel with { StepTokensMax = 4 });
        under.Accept("a", [1, 2], 9);
        under.Accept("b", [3, 4], 9);
        under.Step();
        var plan = under.Plan()!;
        Assert.Equal([(3, 2), (1, 0)], plan.Sequences.Select(step => (step.TokenIds.Length, step.DraftCount)));
        under.Apply(under.Run(plan));
        under.RunToEnd();
    }

    [Fact]
    public void Nobody_is_preempted_for_drafts_and_their_places_are_given_back_when_blocks_run_out()
    {
        var under = new SchedulerUnderTest(ByModel, blockSizeTokens: 2, kvBlockCount: 4);
        var first = under.Accept("a", [1, 2], 6);
        under.Accept("b", [3, 4], 3);
        var plan = under.Plan()!;
        Assert.Equal([(3, 3), (0, 1)], plan.Sequences.Select(step => (step.DraftCountMax, step.BlockTable.Length)));
        under.Apply(under.Run(plan) with { Drafts = [] });
        // b needs a second block, and all are taken: the one that a keeps for drafts is given back.
        plan = under.Plan()!;
        Assert.Equal([(0, 2), (0, 2)], plan.Sequences.Select(step => (step.DraftCountMax, step.BlockTable.Length)));
        under.Apply(under.Run(plan));
        under.RunToEnd();
        Assert.Equal(0, under.Scheduler.Counters.PreemptionCount);
        SchedulerUnderTest.AssertAsAlone(first);
    }

    [Fact]
    public void K2_block_with_a_draft_in_it_is_not_known_until_the_draft_stands()
    {
        var under = new SchedulerUnderTest(ByModel);
        var sequence = under.Accept("r", [1, 2, 3], 20);
        under.Apply(WithDrafts(under.Run(under.Plan()!), 7, 8, 9));
        var plan = under.Plan()!; // Positions 3 to 6: the first block is full, its last token known; the second is not.
        Assert.Equal(1, sequence.CachedBlockCount);
        under.Apply(under.Run(plan));
        Assert.Equal(1, sequence.CachedBlockCount);

        var right = new SchedulerUnderTest(ByModel);
        var other = right.Accept("r", [1, 2, 3], 20);
        right.Apply(WithDrafts(right.Run(right.Plan()!), [.. FakeModel.Continue([1, 2, 3], 4)[1..]]));
        right.Apply(WithDrafts(right.Run(right.Plan()!), 1)); // All three stand: seven positions and one token more.
        right.Plan();
        Assert.Equal((9, 2), (other.ComputedCount, other.CachedBlockCount)); // The eighth fills the second block, the ninth is a draft.
    }

    [Fact]
    public void Stop_token_in_the_middle_ends_the_choice_there_and_later_tokens_are_dropped()
    {
        var next = FakeModel.Continue([1, 2, 3], 4);
        var under = new SchedulerUnderTest(ByModel);
        under.Accept(Given.Request("r", [1, 2, 3], 20, 0, next[2]));
        under.Apply(WithDrafts(under.Run(under.Plan()!), next[1], next[2], next[3]));
        var plan = under.Plan()!;
        var output = under.Run(plan);
        Assert.Equal(4, output.Tokens.Length);
        var progress = Assert.Single(under.Apply(output));
        Assert.Equal((FinishReason.Stop, next[2]), (progress.Finish, progress.StopTokenId));
        Assert.Equal([4, 5], progress.Tokens.Select(token => token.Position));
        Assert.Equal([1, 2, 3, .. next[..3]], progress.Sequence.Tokens);
        Assert.Equal((3L, 2L), (under.Scheduler.Counters.GeneratedTokenCount, under.Scheduler.Counters.AcceptedTokenCount));
        Assert.Equal(0, under.Scheduler.BlocksUsed);
    }

    [Fact]
    public void Drafts_that_lost_their_sequence_or_leave_the_vocabulary_are_dropped()
    {
        var under = new SchedulerUnderTest(ByModel);
        var sequence = under.Accept("r", [1, 2, 3], 9);
        under.Apply(WithDrafts(under.Run(under.Plan()!), 7, FakeModel.VocabularySize));
        var plan = under.Plan()!;
        Assert.Equal(0, plan.Sequences[0].DraftCount);
        Assert.False(under.Scheduler.Abort(sequence));
        under.Apply(WithDrafts(under.Run(plan), 7));
        Assert.Null(under.Plan());
    }

    [Fact]
    public void More_drafts_than_were_asked_for_are_a_broken_invariant()
    {
        var under = new SchedulerUnderTest(ByModel);
        under.Accept("r", [1, 2, 3], 9);
        var output = under.Run(under.Plan()!);
        Assert.Throws<InvariantBrokenException>(() => under.Apply(WithDrafts(output, 1, 2, 3, 4)));
    }

    [Fact]
    public void Token_that_is_not_the_draft_that_stands_is_a_broken_invariant()
    {
        var under = new SchedulerUnderTest(ByModel);
        var sequence = under.Accept("r", [1, 2, 3], 9);
        under.Apply(WithDrafts(under.Run(under.Plan()!), 7));
        under.Plan();
        SampledToken Token(int position, int id) => new(sequence.Id, position, id, float.NaN, []);
        Assert.Throws<InvariantBrokenException>(() => under.Apply(new StepOutput(2, [Token(4, 8), Token(5, 9)], 0)));
    }

    [Fact]
    public void S7_preempted_sequence_loses_its_drafts()
    {
        var under = new SchedulerUnderTest(ByModel with { CachesPrefixes = false }, blockSizeTokens: 2, kvBlockCount: 4);
        under.Accept("a", [1, 2], 6);
        var victim = under.Accept("b", [3, 4], 6);
        while (victim.PreemptionCount == 0)
        {
            victim.Drafts = [7, 8];
            Assert.NotNull(under.Step());
        }
        Assert.Empty(victim.Drafts);
        under.RunToEnd();
        SchedulerUnderTest.AssertAsAlone(victim);
    }

    [Fact]
    public void Drafts_from_the_sequence_itself_need_no_model_and_change_no_token()
    {
        var under = new SchedulerUnderTest(ByNgram);
        var sequence = under.Accept("r", Enumerable.Range(0, 60).Select(i => i * 37 % 1000), 4);
        while (under.Plan() is { } plan)
        {
            Assert.Equal(0, plan.Sequences[0].DraftCountMax);
            under.Apply(under.Run(plan));
        }
        SchedulerUnderTest.AssertAsAlone(sequence);
    }

    [Fact]
    public void Ngram_drafts_are_what_followed_the_last_tokens_before()
    {
        // A prompt whose answer stands at its beginning: looked for among the prompts that end with 0, 1, 2 ...
        var prompt = Enumerable.Range(0, FakeModel.VocabularySize)
            .SelectMany(last => Enumerable.Range(0, FakeModel.VocabularySize).Select(first => (int[])[first, 7, 8, last]))
            .First(one => FakeModel.Next(one) == one[0]);
        var under = new SchedulerUnderTest(ByNgram);
        under.Accept("r", prompt, 12);
        under.Step();
        Assert.Equal([prompt[0], 7, 8, prompt[3]], under.Plan()!.Sequences[0].TokenIds.AsEnumerable());
    }
}
