using System.Collections.Immutable;
using Gaudi.Hpu.Ops.Kernels;

namespace Gaudi.Hpu.Execution;

/// <summary>
/// Draws a token from logits. A pure function of (logits, parameters, choice, position): no state, no order of
/// requests, no clock. Temperature, min-p, top-k, then top-p on what is left; then an exponential race.
/// </summary>
internal static class Sampler
{
    /// <summary>Below it a temperature means greedy.</summary>
    public const float GreedyTemperature = 1e-5f;

    /// <summary>Draws for a sequence that asks for a token.</summary>
    /// <param name="sequence">Its sampling parameters are not null.</param>
    /// <param name="logits">[vocabulary], raw.</param>
    public static SampledToken Draw(SequenceStep sequence, ReadOnlySpan<float> logits)
    {
        var parameters = sequence.Sampling!;
        var position = sequence.FirstPosition + sequence.TokenIds.Length;
        var tokenId = Draw(logits, parameters, sequence.Choice, position);
        if (parameters.LogprobCount is not { } count)
            return new SampledToken(sequence.SequenceId, position, tokenId, float.NaN, []);
        var logSum = LogSumExp(logits);
        return new SampledToken(
            sequence.SequenceId, position, tokenId, logits[tokenId] - logSum, Alternatives(logits, logSum, count));
    }

    /// <summary>The token drawn.</summary>
    public static int Draw(ReadOnlySpan<float> logits, SamplingParameters parameters, int choice, int position)
    {
        var likeliest = Likeliest(logits);
        if (parameters.Temperature < GreedyTemperature)
            return likeliest;
        var weights = Candidates.Weigh(logits, logits[likeliest], parameters); // [vocabulary], 0 where ruled out
        var noise = new DrawNoise(parameters.Seed, choice, position);
        var best = likeliest;
        var bestScore = -1.0;
        for (var token = 0; token < weights.Length; token++)
        {
            if (weights[token] <= 0)
                continue;
            var score = weights[token] / noise.Exponential(token);
            if (score > bestScore)
                (best, bestScore) = (token, score);
        }
        return best;
    }

    /// <summary>The token of the largest logit; of equal ones, the lowest.</summary>
    public static int Likeliest(ReadOnlySpan<float> logits)
    {
        var best = 0;
        for (var token = 1; token < logits.Length; token++)
        {
            if (logits[token] > logits[best])
                best = token;
        }
        Invariant.That(!float.IsNaN(logits[best]), "the largest logit is not a number");
        return best;
    }

    private static float LogSumExp(ReadOnlySpan<float> logits)
    {
        var max = logits[Likeliest(logits)];
        var sum = 0.0;
        foreach (var logit in logits)
            sum += Exponential.Of(logit - max);
        return max + (float)Math.Log(sum);
    }

    private static ImmutableArray<TokenLogprob> Alternatives(ReadOnlySpan<float> logits, float logSum, int count)
    {
        if (count == 0)
            return [];
        var order = Candidates.Descending(logits);
        var alternatives = ImmutableArray.CreateBuilder<TokenLogprob>();
        foreach (var token in order.AsSpan(0, Math.Min(count, order.Length)))
            alternatives.Add(new TokenLogprob(token, logits[token] - logSum));
        return alternatives.ToImmutable();
    }
}
