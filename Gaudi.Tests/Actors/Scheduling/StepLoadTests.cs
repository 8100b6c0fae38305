using System.Collections.Immutable;
using Gaudi.Actors.Scheduling;
using Gaudi.Actors.Settings;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Execution;
using Xunit;

namespace Gaudi.Tests.Actors.Scheduling;

/// <summary>What a step's messages carry is bounded, and nobody waits for ever for it.</summary>
public sealed class StepLoadTests
{
    private static readonly SchedulerSettings Limits =
        new(StepTokensMax: 64, SequencesMax: 8, WaitingMax: 8, FailedStepsMax: 2, FinishedKept: 4);

    public static TheoryData<string> Loads => ["alternatives", "allowed", "biases", "history"];

    [Theory]
    [MemberData(nameof(Loads))]
    public void Sequences_whose_lists_fill_a_message_take_turns(string load)
    {
        var scheduler = new Scheduler(Limits, FakeRunner.FactsOf(kvBlockCount: 64));
        var sequences = Enumerable.Range(0, 5).Select(index => Accept(scheduler, $"r{index}", Heavy(load))).ToList();
        var runner = new FakeRunner(FakeRunner.FactsOf(kvBlockCount: 64), new SingleRankCollective(1));
        var widest = 0;
        for (var step = 1L; scheduler.Plan(step) is { } plan; step++)
        {
            widest = Math.Max(widest, plan.Sequences.Count(one => one.Sampling is not null));
            scheduler.Apply(runner.Run(plan));
            scheduler.CheckIntegrity();
        }
        Assert.Equal(load == "history" ? 5 : 2, widest); // 400,000 entries each; a short history is no load
        Assert.All(sequences, sequence => Assert.Equal(4, sequence.GeneratedCount));
        Assert.Equal(0, scheduler.BlocksUsed);
    }

    [Fact]
    public void Scores_of_whole_vocabularies_fill_a_message_too()
    {
        var facts = FakeRunner.FactsOf(maxModelLen: 128, kvBlockCount: 512);
        var scheduler = new Scheduler(Limits with { StepTokensMax = 2048, SequencesMax = 20, WaitingMax = 20 }, facts);
        for (var i = 0; i < 20; i++)
            Assert.IsType<Submission.Accepted>(scheduler.Submit(
                Given.Request($"r{i}", Enumerable.Range(0, 80)) with { PromptLogprobCount = -1 }, []));
        Assert.Equal(15, scheduler.Plan(1)!.Sequences.Length); // 65 rows of 1,001 entries each
    }

    [Fact]
    public void Choices_whose_prompt_is_scored_go_on_together()
    {
        var scheduler = new Scheduler(Limits, FakeRunner.FactsOf(kvBlockCount: 64));
        var runner = new FakeRunner(FakeRunner.FactsOf(kvBlockCount: 64), new SingleRankCollective(1));
        for (var i = 0; i < 3; i++)
            Assert.IsType<Submission.Accepted>(scheduler.Submit(
                Given.Request($"r{i}", [1, 2, 3]) with { PromptLogprobCount = 600_000 }, []));
        var stepCount = 0;
        for (; scheduler.Plan(stepCount + 1) is { } plan; stepCount++)
        {
            Assert.Equal(3, plan.Sequences.Length); // 1,001 entries a row: the vocabulary has 1,000 tokens.
            scheduler.Apply(runner.Run(plan));
        }
        Assert.Equal(5, stepCount);
    }

    [Fact]
    public void Drafts_bring_back_no_more_than_a_message_carries()
    {
        var speculation = new SpeculationSettings(
            SpeculationMethod.Ngram, null, 5, 1, 2, Gaudi.Hpu.Ops.InTree.VerificationMode.Coupled);
        var scheduler = new Scheduler(Limits with { Speculation = speculation }, FakeRunner.FactsOf(kvBlockCount: 64));
        var sequence = Accept(scheduler, "r", Given.Greedy with { LogprobCount = 300_000 });
        scheduler.Plan(1);
        scheduler.Apply(new StepOutput(1, [new SampledToken(sequence.Id, 3, 1, 0, [])], 0));
        sequence.Drafts = [2, 3, 4, 5, 6];
        Assert.Equal(2, scheduler.Plan(2)!.Sequences.Single().DraftCount); // three answers of 300,001 entries
    }

    private static SamplingParameters Heavy(string load) => load switch
    {
        "alternatives" => Given.Greedy with { LogprobCount = 400_000 },
        "allowed" => Given.Greedy with { AllowedTokenIds = [.. Enumerable.Range(0, 400_000)] },
        "biases" => Given.Greedy with { LogitBiases = [.. Enumerable.Range(0, 400_000).Select(id => new LogitBias(id, 0))] },
        _ => Given.Greedy with { FrequencyPenalty = 1 },
    };

    private static Sequence Accept(Scheduler scheduler, string id, SamplingParameters sampling) =>
        Assert.IsType<Submission.Accepted>(
            scheduler.Submit(Given.Request(id, [1, 2, 3], tokensMax: 4) with { Sampling = sampling }, [])).Sequence;
}
