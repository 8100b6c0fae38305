using System.Collections.Immutable;
using Gaudi.Hpu.Execution;

namespace Gaudi.Tests.Hpu.Execution.Sampling;

/// <summary>Steps of one token, to draw from without a model.</summary>
internal static class Draws
{
    public static readonly SamplingParameters Plain = new(1, 1, 0, 0, Seed: 42, LogprobCount: null);

    public static readonly SamplingParameters Greedy = Plain with { Temperature = 0 };

    /// <summary>A step that draws for a position and knows nothing before it.</summary>
    public static SequenceStep At(int position, SamplingParameters parameters, int choice = 0) =>
        new(1, [0], position - 1, PromptTokenCount: 0, [0], parameters, choice);

    /// <summary>A step of the last token, with all tokens before it.</summary>
    public static SequenceStep After(
        ImmutableArray<int> prompt, ImmutableArray<int> answer, SamplingParameters parameters) =>
        new(1, [.. prompt.AddRange(answer).TakeLast(1)], prompt.Length + answer.Length - 1, prompt.Length, [0], parameters, 0)
        {
            History = [.. prompt.AddRange(answer).SkipLast(1)],
        };

    public static int Token(float[] logits, SamplingParameters parameters, int choice, int position) =>
        Sampler.Draw(At(position, parameters, choice), 0, logits).TokenId;

    /// <summary>Normally distributed, with ties: rounded to a 64th.</summary>
    public static float[] RandomLogits(Random random, int count, double deviation = 2) =>
        [.. Enumerable.Range(0, count).Select(_ => MathF.Round((float)(Normal(random) * deviation) * 64) / 64)];

    public static double[] Softmax(float[] logits, double temperature = 1)
    {
        var max = logits.Max();
        var weights = logits.Select(logit => Math.Exp((logit - max) / temperature)).ToArray();
        var sum = weights.Sum();
        return [.. weights.Select(weight => weight / sum)];
    }

    /// <summary>How far counts are from what probabilities make one expect; tokens of probability 0 must not be drawn.</summary>
    public static double ChiSquare(int[] counts, double[] probabilities)
    {
        var total = counts.Sum();
        return counts.Zip(probabilities, (count, p) => p > 0
            ? Math.Pow(count - (total * p), 2) / (total * p)
            : count == 0 ? 0 : double.PositiveInfinity).Sum();
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
