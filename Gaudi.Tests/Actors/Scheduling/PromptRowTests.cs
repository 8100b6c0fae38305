using Gaudi.Actors.Requests;
using Gaudi.Actors.Scheduling;
using Gaudi.Hpu;
using Gaudi.Hpu.Execution;
using Xunit;

namespace Gaudi.Tests.Actors.Scheduling;

/// <summary>Log probabilities of a prompt's tokens: which chunks are asked for them, and that none is missing.</summary>
public sealed class PromptRowTests
{
    private static GenerationRequest Scored(IEnumerable<int> prompt, int count = 2, int tokensMax = 3) =>
        Given.Request("r", prompt, tokensMax) with { PromptLogprobCount = count };

    private static List<(int Position, int TokenId)> ScoresOf(SchedulerUnderTest under)
    {
        List<(int, int)> scores = [];
        while (under.Plan() is { } plan)
            scores.AddRange(under.Apply(under.Run(plan))
                .SelectMany(line => line.PromptScores.Select(score => (score.Position, score.TokenId))));
        return scores;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(8)]
    [InlineData(9)] // The last chunk is the last prompt token alone.
    [InlineData(20)]
    public void Every_prompt_token_but_the_first_is_scored_once_however_the_prompt_is_cut(int length)
    {
        var under = new SchedulerUnderTest();
        under.Accept(Scored(Enumerable.Range(100, length)));
        Assert.Equal(Enumerable.Range(1, length - 1).Select(i => (i, 100 + i)), ScoresOf(under));
    }

    [Fact]
    public void Chunk_brings_the_prompt_token_behind_it_and_none_at_the_prompt_s_end()
    {
        var under = new SchedulerUnderTest();
        under.Accept(Scored(Enumerable.Range(100, 12)));
        Assert.Equal(new PromptScoring(2, 108), under.Step()!.Sequences[0].PromptScoring);
        Assert.Equal(new PromptScoring(2, null), under.Step()!.Sequences[0].PromptScoring);
        Assert.Null(under.Step()!.Sequences[0].PromptScoring); // A generated token.
    }

    [Fact]
    public void Others_are_not_asked()
    {
        var under = new SchedulerUnderTest();
        under.Accept("r", Enumerable.Range(100, 12));
        Assert.Null(under.Step()!.Sequences[0].PromptScoring);
    }

    [Theory]
    [InlineData(0, 400)] // One entry a row: the budget decides.
    [InlineData(200, 326)] // 65,536 / 201.
    [InlineData(-1, 65)] // The whole vocabulary: 65,536 / 1,001.
    [InlineData(5000, 65)]
    public void Chunk_is_no_longer_than_what_its_scores_may_be(int alternativeCount, int chunkLength)
    {
        var settings = SchedulerUnderTest.Small with { StepTokensMax = 2048 };
        var under = new SchedulerUnderTest(settings, maxModelLen: 512, blockSizeTokens: 128);
        under.Accept(Scored(Enumerable.Range(0, 400), alternativeCount));
        var step = Assert.Single(under.Step()!.Sequences);
        Assert.Equal(chunkLength, step.TokenIds.Length);
        Assert.Equal(alternativeCount is < 0 or > 1000 ? 1000 : alternativeCount, step.PromptScoring!.AlternativeCount);
    }

    public static TheoryData<string> Mistakes => ["one too few", "one too many", "another place", "a sequence nobody planned"];

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void Scores_that_were_not_asked_for_or_are_missing_are_a_broken_invariant(string mistake)
    {
        var under = new SchedulerUnderTest();
        under.Accept(Scored(Enumerable.Range(100, 12)));
        var right = under.Run(under.Plan()!);
        var scores = right.PromptScores;
        Assert.Throws<InvariantBrokenException>(() => under.Apply(right with
        {
            PromptScores = mistake switch
            {
                "one too few" => scores[..^1],
                "one too many" => scores.Add(scores[^1] with { Position = scores[^1].Position + 1 }),
                "another place" => scores.SetItem(0, scores[0] with { Position = scores[0].Position + 1 }),
                _ => scores.Add(scores[0] with { SequenceId = 99 }),
            },
        }));
    }

    [Fact]
    public void Prompt_that_is_computed_again_is_scored_again()
    {
        var under = new SchedulerUnderTest();
        under.Accept(Scored([1, 2, 3]));
        under.Step();
        under.LoseEpoch();
        Assert.Equal([(1, 2), (2, 3)], ScoresOf(under));
    }
}
