using Gaudi.Actors.Requests;
using Gaudi.Actors.Scheduling;
using Gaudi.Actors.Settings;
using Gaudi.Hpu;
using Gaudi.Hpu.Collectives;
using Xunit;

namespace Gaudi.Tests.Actors.Scheduling;

public sealed class SchedulerTests
{
    private static readonly SchedulerSettings Small =
        new(StepTokensMax: 8, SequencesMax: 2, WaitingMax: 2, FailedStepsMax: 2, FinishedKept: 4);

    private static Scheduler New(int kvBlockCount = 32, int maxModelLen = 64) =>
        new(Small, FakeRunner.FactsOf(maxModelLen, kvBlockCount: kvBlockCount));

    private static FakeRunner Runner(int kvBlockCount = 32) =>
        new(FakeRunner.FactsOf(kvBlockCount: kvBlockCount), new SingleRankCollective(1));

    private static Sequence Accept(Scheduler scheduler, GenerationRequest request, params ReadOnlySpan<int> emitted) =>
        Assert.IsType<Submission.Accepted>(scheduler.Submit(request, [.. emitted])).Sequence;

    private static Submission.Rejected Reject(Scheduler scheduler, GenerationRequest request) =>
        Assert.IsType<Submission.Rejected>(scheduler.Submit(request, []));

    private static void RunToEnd(Scheduler scheduler, FakeRunner runner)
    {
        for (var step = 1L; scheduler.Plan(step) is { } plan; step++)
        {
            scheduler.Apply(runner.Run(plan));
            scheduler.CheckIntegrity();
        }
    }

    [Fact]
    public void Tokens_are_those_of_the_model_for_every_sequence_of_a_batch()
    {
        var scheduler = New();
        var first = Accept(scheduler, Given.Request("a", [1, 2, 3], tokensMax: 7));
        var second = Accept(scheduler, Given.Request("b", [9], tokensMax: 9));
        RunToEnd(scheduler, Runner());
        Assert.Equal(FakeModel.Continue([1, 2, 3], 7), first.Tokens.Skip(3));
        Assert.Equal(FakeModel.Continue([9], 9), second.Tokens.Skip(1));
        Assert.Equal(0, scheduler.BlocksUsed);
    }

    [Fact]
    public void Stop_token_ends_a_choice_and_is_its_last_token()
    {
        var expected = FakeModel.Continue([5, 6], 3);
        var scheduler = New();
        Accept(scheduler, Given.Request("r", [5, 6], 50, 0, expected[2]));
        var runner = Runner();
        SequenceProgress? last = null;
        for (var step = 1L; scheduler.Plan(step) is { } plan; step++)
            last = Assert.Single(scheduler.Apply(runner.Run(plan)));
        Assert.Equal((FinishReason.Stop, expected[2]), (last!.Finish, last.StopTokenId));
        Assert.Equal([5, 6, .. expected], last.Sequence.Tokens);
    }

    [Fact]
    public void Context_limit_ends_a_choice_with_length()
    {
        var scheduler = New(maxModelLen: 6);
        var sequence = Accept(scheduler, Given.Request("r", [1, 2, 3], tokensMax: 50));
        RunToEnd(scheduler, Runner());
        Assert.Equal(6, sequence.Tokens.Count);
    }

    [Fact]
    public void Emitted_tokens_are_recomputed_and_generation_goes_on_at_the_next_position()
    {
        var whole = FakeModel.Continue([1, 2, 3], 6);
        var scheduler = New();
        var sequence = Accept(scheduler, Given.Request("r", [1, 2, 3], tokensMax: 6), whole[0], whole[1], whole[2]);
        var plan = scheduler.Plan(1)!;
        Assert.Equal((3, 6), (plan.Sequences[0].PromptTokenCount, plan.Sequences[0].TokenIds.Length));
        var runner = Runner();
        Assert.Equal(6, Assert.Single(Assert.Single(scheduler.Apply(runner.Run(plan))).Tokens).Position);
        for (var step = 2L; scheduler.Plan(step) is { } next; step++)
            scheduler.Apply(runner.Run(next));
        Assert.Equal(whole, sequence.Tokens.Skip(3));
    }

    [Fact]
    public void Emitted_tokens_that_end_the_choice_leave_nothing_to_compute()
    {
        var over = Assert.IsType<Submission.Over>(New().Submit(Given.Request("r", [1, 2], 3), [7, 8, 9]));
        Assert.Equal((FinishReason.Length, null), (over.Reason, over.StopTokenId));
        var stopped = Assert.IsType<Submission.Over>(New().Submit(Given.Request("r", [1, 2], 3, 0, 8), [7, 8]));
        Assert.Equal((FinishReason.Stop, 8), (stopped.Reason, stopped.StopTokenId));
    }

    [Fact]
    public void Queue_that_is_full_refuses_with_a_time_to_try_again()
    {
        var scheduler = New();
        for (var i = 0; i < 2; i++)
            Accept(scheduler, Given.Request($"running {i}", [1], 5));
        scheduler.Apply(Runner().Run(scheduler.Plan(1)!));
        for (var i = 0; i < 2; i++)
            Accept(scheduler, Given.Request($"waiting {i}", [1], 5));
        var refused = Reject(scheduler, Given.Request("one too many", [1], 5));
        Assert.Equal((RefusalKind.QueueFull, 1), (refused.Kind, refused.RetryAfterSeconds));
        scheduler.CheckIntegrity();
    }

    [Theory]
    [InlineData(0, "the prompt has 0 tokens; this model takes 1 to 63")]
    [InlineData(64, "the prompt has 64 tokens; this model takes 1 to 63")]
    public void Prompt_that_does_not_fit_the_context_is_refused(int length, string message)
    {
        var refused = Reject(New(), Given.Request("r", Enumerable.Repeat(1, length)));
        Assert.Equal((RefusalKind.Invalid, message, null), (refused.Kind, refused.Message, refused.RetryAfterSeconds));
    }

    [Fact]
    public void Request_that_can_never_fit_the_cache_is_refused()
    {
        var refused = Reject(New(kvBlockCount: 2), Given.Request("r", [1, 2, 3], tokensMax: 10));
        Assert.Equal(RefusalKind.Invalid, refused.Kind);
        Assert.Equal("the request can take 12 positions and the KV cache holds 8; lower max_tokens or give more KV blocks",
            refused.Message);
    }

    [Fact]
    public void Request_that_just_fits_the_cache_alone_is_taken_and_ends()
    {
        var scheduler = New(kvBlockCount: 2);
        var sequence = Accept(scheduler, Given.Request("r", [1, 2, 3], tokensMax: 6)); // The ninth token is never computed.
        RunToEnd(scheduler, Runner(2));
        Assert.Equal(9, sequence.Tokens.Count);
    }

    [Fact]
    public void Choice_is_admitted_with_the_blocks_of_what_it_computes_now()
    {
        var scheduler = New(kvBlockCount: 3);
        Accept(scheduler, Given.Request("big", [1, 2, 3, 4], tokensMax: 5)); // Two blocks in the end.
        var second = Accept(scheduler, Given.Request("next", [5, 6, 7, 8], tokensMax: 5));
        var runner = Runner(3);
        scheduler.Apply(runner.Run(scheduler.Plan(1)!));
        Assert.Equal((2, 0, 2), (scheduler.RunningCount, scheduler.WaitingCount, scheduler.BlocksUsed));
        for (var step = 2L; scheduler.Plan(step) is { } plan; step++)
            scheduler.Apply(runner.Run(plan));
        Assert.Equal(FakeModel.Continue([5, 6, 7, 8], 5), second.Tokens.Skip(4));
    }

    [Fact]
    public void Abort_frees_blocks_at_once_between_steps_and_after_the_step_while_one_runs()
    {
        var scheduler = New();
        var idle = Accept(scheduler, Given.Request("idle", [1, 2]));
        scheduler.Apply(Runner().Run(scheduler.Plan(1)!));
        Assert.True(scheduler.Abort(idle));
        Assert.Equal(0, scheduler.BlocksUsed);

        var busy = Accept(scheduler, Given.Request("busy", [1, 2]));
        var waiting = Accept(scheduler, Given.Request("waiting", [1, 2]));
        Assert.True(scheduler.Abort(waiting));
        var plan = scheduler.Plan(2)!;
        Assert.False(scheduler.Abort(busy));
        Assert.NotEqual(0, scheduler.BlocksUsed);
        var progress = Assert.Single(scheduler.Apply(Runner().Run(plan)));
        Assert.Equal((FinishReason.Abort, 0), (progress.Finish, progress.Tokens.Length));
        Assert.Equal(0, scheduler.BlocksUsed);
        scheduler.CheckIntegrity();
    }

    [Fact]
    public void Restart_computes_everything_anew_and_gives_the_same_tokens()
    {
        var scheduler = New();
        var sequence = Accept(scheduler, Given.Request("r", [1, 2, 3], tokensMax: 8));
        var runner = Runner();
        for (var step = 1L; step <= 3; step++)
            scheduler.Apply(runner.Run(scheduler.Plan(step)!));
        Assert.NotNull(scheduler.Plan(4)); // In flight when the epoch ends.
        Assert.Empty(scheduler.Restart());
        runner.Rejoin(new SingleRankCollective(2));
        RunToEnd(scheduler, runner);
        Assert.Equal(FakeModel.Continue([1, 2, 3], 8), sequence.Tokens.Skip(3));
    }

    [Fact]
    public void Choice_in_too_many_failed_steps_in_a_row_is_given_up_and_others_stay()
    {
        var scheduler = New();
        var poison = Accept(scheduler, Given.Request("poison", [1, 2]));
        Assert.NotNull(scheduler.Plan(1));
        Assert.Empty(scheduler.Restart());
        scheduler.Plan(1);
        Assert.Same(poison, Assert.Single(scheduler.Restart())); // FailedStepsMax is 2.
        var mate = Accept(scheduler, Given.Request("mate", [3]));
        scheduler.CheckIntegrity();
        RunToEnd(scheduler, Runner());
        Assert.Equal(FakeModel.Continue([3], 5), mate.Tokens.Skip(1));
        Assert.Equal(0, scheduler.BlocksUsed);
    }

    [Fact]
    public void After_a_failed_step_its_choices_run_alone_and_in_turns_with_the_others_until_they_are_cleared()
    {
        var scheduler = new SchedulerUnderTest(SchedulerUnderTest.Small with { SequencesMax = 3, StepTokensMax = 32 });
        var (a, b) = (scheduler.Accept("a", [1, 2], 8), scheduler.Accept("b", [3, 4], 8));
        scheduler.Plan();
        Assert.Empty(scheduler.LoseEpoch());
        Assert.True(a.IsSuspect && b.IsSuspect);
        var c = scheduler.Accept("c", [5, 6, 7], 8);
        Assert.Equal(["1:2", "1:1 3:3", "2:2", "1:1 3:1 2:1"], Enumerable.Range(0, 4).Select(_ => scheduler.StepShares()));
        Assert.False(a.IsSuspect || b.IsSuspect || c.IsSuspect);
        scheduler.RunToEnd();
        Assert.All([a, b, c], SchedulerUnderTest.AssertAsAlone);
    }

    [Fact]
    public void Epoch_that_ended_on_purpose_makes_no_suspects()
    {
        var scheduler = New();
        var sequence = Accept(scheduler, Given.Request("r", [1, 2]));
        scheduler.Plan(1);
        Assert.Empty(scheduler.Restart(isFault: false));
        Assert.Equal((0, false), (sequence.FailedStepCount, sequence.IsSuspect));
    }

    [Fact]
    public void Step_that_succeeds_clears_what_failed_before()
    {
        var scheduler = New();
        Accept(scheduler, Given.Request("r", [1, 2], tokensMax: 8));
        var runner = Runner();
        for (var round = 0; round < 3; round++)
        {
            Assert.NotNull(scheduler.Plan(1));
            Assert.Empty(scheduler.Restart());
            runner.Rejoin(new SingleRankCollective(2 + round));
            scheduler.Apply(runner.Run(scheduler.Plan(1)!));
        }
    }

    [Fact]
    public void Token_outside_the_vocabulary_is_refused_before_any_rank_sees_it()
    {
        Assert.Equal(RefusalKind.Invalid, Reject(New(), Given.Request("r", [FakeModel.VocabularySize])).Kind);
        Assert.Equal(RefusalKind.Invalid, Reject(New(), Given.Request("r", [-1])).Kind);
    }

    [Fact]
    public void Endless_request_takes_no_more_than_the_context()
    {
        var scheduler = New();
        Accept(scheduler, Given.Request("r", [1], tokensMax: int.MaxValue));
        Assert.NotNull(scheduler.Plan(1));
    }

    [Fact]
    public void Plan_throws_while_a_step_runs_and_Apply_throws_for_another_step()
    {
        var scheduler = New();
        Accept(scheduler, Given.Request("r", [1]));
        var plan = scheduler.Plan(1)!;
        Assert.Throws<InvariantBrokenException>(() => scheduler.Plan(2));
        Assert.Throws<InvariantBrokenException>(() => scheduler.Apply(Runner().Run(plan) with { StepNumber = 2 }));
    }

    [Fact]
    public void Choices_move_to_other_limits_in_order_and_those_that_never_fit_there_are_given_back()
    {
        var scheduler = New();
        var runs = Accept(scheduler, Given.Request("runs", [1, 2, 3], tokensMax: 4));
        var big = Accept(scheduler, Given.Request("too big there", Enumerable.Range(1, 12), tokensMax: 20));
        scheduler.Apply(Runner().Run(scheduler.Plan(1)!));
        var waits = Accept(scheduler, Given.Request("waits", [9], tokensMax: 4));
        scheduler.Restart();
        var next = scheduler.MovedTo(FakeRunner.FactsOf(blockSizeTokens: 2, kvBlockCount: 6), out var dropped);
        var (sequence, reason) = Assert.Single(dropped);
        Assert.Same(big, sequence);
        Assert.Equal(
            "the request can take 31 positions and the KV cache holds 12; lower max_tokens or give more KV blocks", reason);
        var runner = new FakeRunner(FakeRunner.FactsOf(blockSizeTokens: 2, kvBlockCount: 6), new SingleRankCollective(2));
        var plan = next.Plan(1)!;
        Assert.Equal([runs.Id, waits.Id], plan.Sequences.Select(step => step.SequenceId));
        next.Apply(runner.Run(plan));
        for (var step = 2L; next.Plan(step) is { } more; step++)
        {
            next.Apply(runner.Run(more));
            next.CheckIntegrity();
        }
        Assert.Equal(FakeModel.Continue([1, 2, 3], 4), runs.Tokens.Skip(3));
        Assert.Equal(FakeModel.Continue([9], 4), waits.Tokens.Skip(1));
        Assert.Equal(16, next.Counters.PromptTokenCount); // Each choice once, wherever it was.
    }

    [Fact]
    public void Choice_longer_than_the_new_limit_is_given_back()
    {
        var scheduler = New();
        var sequence = Accept(scheduler, Given.Request("r", Enumerable.Range(1, 8), tokensMax: 4));
        scheduler.Restart();
        scheduler.MovedTo(FakeRunner.FactsOf(maxModelLen: 8), out var dropped);
        Assert.Equal([(sequence, "the sequence has 8 tokens and this group takes 7")], dropped.Select(one => (one.Sequence, one.Reason)));
    }

    [Fact]
    public void Epoch_that_ends_puts_running_choices_first_in_the_queue_in_their_order()
    {
        var scheduler = New();
        for (var i = 0; i < 2; i++)
            Accept(scheduler, Given.Request($"{i}", [i + 1]));
        scheduler.Apply(Runner().Run(scheduler.Plan(1)!));
        Accept(scheduler, Given.Request("behind", [9]));
        Assert.Empty(scheduler.Restart());
        Assert.Equal((0, 3, 0), (scheduler.RunningCount, scheduler.WaitingCount, scheduler.BlocksUsed));
        scheduler.CheckIntegrity();
        Assert.Equal([1L, 2L], scheduler.Plan(1)!.Sequences.Select(step => step.SequenceId));
    }
}
