using System.Collections.Immutable;
using Gaudi.Actors.Requests;
using Gaudi.Actors.Scheduling;
using Gaudi.Actors.Settings;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Execution;
using Xunit;

namespace Gaudi.Tests.Actors.Scheduling;

/// <summary>A scheduler with a fake runner below it. Integrity is checked after everything that is done to it.</summary>
internal sealed class SchedulerUnderTest
{
    internal static SchedulerSettings Small { get; } =
        new(StepTokensMax: 8, SequencesMax: 2, WaitingMax: 16, FailedStepsMax: 2, FinishedKept: 4);

    private readonly FakeRunner _runner;
    private long _stepNumber;
    private long _epoch = 1;

    internal SchedulerUnderTest(
        SchedulerSettings? settings = null, int maxModelLen = 64, int blockSizeTokens = 4, int kvBlockCount = 32,
        IKvConnectorScheduler? connector = null)
    {
        Facts = FakeRunner.FactsOf(maxModelLen, blockSizeTokens, kvBlockCount);
        Scheduler = new Scheduler(settings ?? Small, Facts, connector);
        _runner = new FakeRunner(Facts, new SingleRankCollective(_epoch));
    }

    internal ModelRunnerFacts Facts { get; }

    internal Scheduler Scheduler { get; }

    internal Sequence Accept(GenerationRequest request, params ReadOnlySpan<int> emitted)
    {
        var accepted = Assert.IsType<Submission.Accepted>(Scheduler.Submit(request, [.. emitted], FormOf(request))).Sequence;
        Scheduler.CheckIntegrity();
        return accepted;
    }

    internal Sequence Accept(string id, IEnumerable<int> prompt, int tokensMax = 5) => Accept(Given.Request(id, prompt, tokensMax));

    internal Submission.Rejected Reject(GenerationRequest request)
    {
        var rejected = Assert.IsType<Submission.Rejected>(Scheduler.Submit(request, [], FormOf(request)));
        Scheduler.CheckIntegrity();
        return rejected;
    }

    private static Gaudi.Actors.Constraints.ConstraintAutomaton? FormOf(GenerationRequest request) =>
        request.Constraint is { } constraint ? FakeForms.Of(constraint) : null;

    internal StepPlan? Plan()
    {
        var plan = Scheduler.Plan(_stepNumber + 1);
        if (plan is not null)
            _stepNumber++;
        Scheduler.CheckIntegrity();
        return plan;
    }

    /// <summary>What a transfer would have written.</summary>
    internal void Bring(IReadOnlyList<int> blocks, ReadOnlySpan<int> tokens) => _runner.Bring(blocks, tokens);

    internal StepOutput Run(StepPlan plan) => _runner.Run(plan);

    internal ImmutableArray<SequenceProgress> Apply(StepOutput output)
    {
        var progress = Scheduler.Apply(output);
        Scheduler.CheckIntegrity();
        return progress;
    }

    /// <summary>One whole step; null when there is nothing to do.</summary>
    internal StepPlan? Step()
    {
        var plan = Plan();
        if (plan is not null)
            Apply(Run(plan));
        return plan;
    }

    /// <summary>One whole step as `id:tokens` of each share, in order.</summary>
    internal string StepShares() => Shares(Step());

    internal static string Shares(StepPlan? plan) =>
        string.Join(' ', plan?.Sequences.Select(step => $"{step.SequenceId}:{step.TokenIds.Length}") ?? []);

    /// <summary>Until nothing is left; then every block is free.</summary>
    internal void RunToEnd()
    {
        while (Step() is not null)
        {
        }
        Assert.Equal((0, 0, 0), (Scheduler.RunningCount, Scheduler.WaitingCount, Scheduler.BlocksUsed));
    }

    internal ImmutableArray<Sequence> LoseEpoch()
    {
        var gone = Scheduler.Restart();
        Scheduler.CheckIntegrity();
        _stepNumber = 0;
        _runner.Rejoin(new SingleRankCollective(++_epoch));
        return gone;
    }

    /// <summary>The sequence has exactly the tokens it would have alone.</summary>
    internal static void AssertAsAlone(Sequence sequence)
    {
        var prompt = sequence.Request.PromptTokenIds;
        Assert.Equal(FakeModel.Continue(prompt, sequence.GeneratedCount), sequence.Tokens.Skip(prompt.Length));
    }
}
