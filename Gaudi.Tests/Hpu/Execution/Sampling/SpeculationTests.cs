using System.Collections.Immutable;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Tests.Hpu.GaudiPlugin;
using Gaudi.Tests.Hpu.Ops.InTree;
using Xunit;

namespace Gaudi.Tests.Hpu.Execution.Sampling;

/// <summary>Coupled and greedy speculation change no token: the sampler, the drafts and their verification together.</summary>
public sealed class SpeculationTests
{
    private const int VocabularySize = 24;
    private const int TokensMax = 40;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Sequences_have_the_same_tokens_with_and_without_drafts(bool isPlugin)
    {
        var random = new Random(61);
        var op = Verification.Op(isPlugin ? PluginOps.Table() : OpTable.InTree());
        var (tokenCount, stepCount) = (0, 0);
        for (var round = 0; round < 150; round++)
        {
            var parameters = LogitsProcessorsTests.RandomParameters(random, [3, 5, 7, 11]) with
            {
                TopK = random.Next(2) * 9, TopP = random.Next(2) == 0 ? 1 : 0.9f,
            };
            ImmutableArray<int> prompt = [1, 2, round % VocabularySize];
            var alone = Alone(prompt, parameters, round);
            var (speculated, steps) = Speculated(prompt, parameters, round, op);
            Assert.Equal(alone.ToArray(), speculated.ToArray()); // arrays of this kind compare by reference
            (tokenCount, stepCount) = (tokenCount + alone.Length, stepCount + steps);
        }
        Assert.InRange(stepCount, tokenCount / 4, tokenCount * 3 / 4); // some drafts stand, and some do not
    }

    private static ImmutableArray<int> Alone(ImmutableArray<int> prompt, SamplingParameters parameters, int model)
    {
        ImmutableArray<int> answer = [];
        while (answer.Length < TokensMax)
            answer = answer.Add(Sampler.Draw(Draws.After(prompt, answer, parameters), 0, Target(model, prompt, answer)).TokenId);
        return answer;
    }

    private static (ImmutableArray<int> Answer, int Steps) Speculated(
        ImmutableArray<int> prompt, SamplingParameters parameters, int model, RejectionSampler op)
    {
        ImmutableArray<int> answer = [];
        var steps = 0;
        for (; answer.Length < TokensMax; steps++)
        {
            var drafts = answer;
            for (var i = 0; i < 3; i++)
                drafts = drafts.Add(Sampler.Draw(Draws.After(prompt, drafts, parameters), 0, Draft(model, prompt, drafts)).TokenId);
            drafts = drafts[answer.Length..];
            var last = Draws.After(prompt, answer, parameters);
            var step = last with { TokenIds = last.TokenIds.AddRange(drafts), DraftCount = 3 };
            float[][] logits = [.. Enumerable.Range(0, 4).Select(row => Target(model, prompt, answer.AddRange(drafts[..row])))];
            var output = new Verification(
                3, [[.. drafts]], [.. Enumerable.Range(0, 3).Select(row => Sampler.Weigh(step, row, logits[row]))], null,
                [Sampler.Draw(step, 3, logits[3]).TokenId],
                [parameters.Temperature < Sampler.GreedyTemperature
                    ? null
                    : new DrawKey(parameters.Seed, step.Choice, step.FirstPosition + 1)],
                VerificationMode.Coupled).Run(op);
            answer = answer.AddRange(output.Single().TakeWhile(token => token >= 0));
        }
        return (answer[..TokensMax], steps);
    }

    // A model that looks at the last two tokens, and one that nearly agrees with it.
    private static float[] Target(int model, ImmutableArray<int> prompt, ImmutableArray<int> answer)
    {
        var last = prompt.AddRange(answer).TakeLast(2).ToArray();
        return Draws.RandomLogits(new Random((model * 1000) + (last[0] * VocabularySize) + last[1]), VocabularySize);
    }

    private static float[] Draft(int model, ImmutableArray<int> prompt, ImmutableArray<int> answer)
    {
        var noise = Draws.RandomLogits(new Random(answer.Length), VocabularySize, deviation: 0.7);
        return [.. Target(model, prompt, answer).Zip(noise, (logit, error) => logit + error)];
    }
}
