using System.Collections.Immutable;
using Gaudi.Hpu.Execution;
using Gaudi.Tests.Hpu.Models;
using Xunit;

namespace Gaudi.Tests.Hpu.Execution;

/// <summary>Log probabilities of the prompt's own tokens.</summary>
public sealed class PromptScoreTests
{
    private static readonly int[] Prompt = [.. Enumerable.Range(0, 37).Select(i => (i * 29 + 3) % 101)];
    private static readonly ImmutableArray<int> Blocks = [5, 0, 9];

    [Fact]
    public void Each_prompt_token_is_scored_as_the_papers_formulas_say()
    {
        using var model = RandomModel.Write(new RandomModelShape());
        var exact = new DoubleForward(model).LogProbabilities(Prompt);
        var scores = Runners.Same(Runners.Settings(model.Folder), 2, runner => Lines(Score(runner, chunk: 100)));
        Assert.Equal(Prompt.Length - 1, scores.Split('\n').Length);
        Runners.Run(Runners.Settings(model.Folder), 1, runner =>
        {
            foreach (var score in Score(runner, chunk: 100))
            {
                var row = exact[score.Position - 1];
                Assert.Equal(Prompt[score.Position], score.TokenId);
                Assert.InRange(score.Logprob, row[score.TokenId] - 2e-4, row[score.TokenId] + 2e-4);
                Assert.Equal(1 + row.Count(other => other > row[score.TokenId]), score.Rank);
                Assert.Equal(row.Index().MaxBy(one => one.Item).Index, score.Alternatives[0].TokenId);
                Assert.Equal(2, score.Alternatives.Length);
            }
            return 0;
        });
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(36)]
    public void Chunks_lose_no_score_and_change_no_bit(int chunk)
    {
        using var model = RandomModel.Write(new RandomModelShape());
        Runners.Run(Runners.Settings(model.Folder), 1, runner =>
        {
            Assert.Equal(Lines(Score(runner, 100)), Lines(Score(runner, chunk)));
            return 0;
        });
    }

    private static ImmutableArray<PromptScore> Score(IModelRunner runner, int chunk)
    {
        var scores = ImmutableArray.CreateBuilder<PromptScore>();
        foreach (var (number, tokens) in Prompt.Chunk(chunk).Index())
        {
            var end = (number * chunk) + tokens.Length;
            var step = new SequenceStep(
                4, [.. tokens], number * chunk, Prompt.Length, Blocks, end == Prompt.Length ? Script.Greedy : null, 0)
            {
                PromptScoring = new PromptScoring(2, end < Prompt.Length ? Prompt[end] : null),
            };
            var output = runner.Run(new StepPlan(number + 1, [step]));
            Assert.Equal(end == Prompt.Length ? 1 : 0, output.Tokens.Length);
            scores.AddRange(output.PromptScores);
        }
        Assert.Equal(Enumerable.Range(1, Prompt.Length - 1), scores.Select(score => score.Position));
        return scores.ToImmutable();
    }

    private static string Lines(IEnumerable<PromptScore> scores) => string.Join('\n', scores.Select(score =>
        $"{score.Position} {score.TokenId} {BitConverter.SingleToUInt32Bits(score.Logprob):x8} {score.Rank}"));
}
