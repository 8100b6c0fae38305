using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Gaudi.Hpu.Execution.Sampling;
using Gaudi.Hpu.Ops.Kernels;

namespace Gaudi.Hpu.Execution;

/// <summary>
/// Draws a token from logits. A pure function of (logits, parameters, tokens before, choice, position): no state, no
/// order of requests, no clock. Processors, then greedy; or temperature, min-p, top-k, top-p, then an exponential race.
/// </summary>
/// <remarks>
/// Where the processors leave no token, the draw is <see cref="TokenMasks.LikeliestAllowed"/>. Log probabilities are
/// those of the raw logits.
/// </remarks>
internal static class Sampler
{
    /// <summary>Below it a temperature means greedy.</summary>
    public const float GreedyTemperature = 1e-5f;

    /// <summary>Draws from the logits of one of the step's tokens: the race over <see cref="Weigh"/>.</summary>
    /// <param name="sequence">Its sampling parameters are not null.</param>
    /// <param name="row">Which token; the one drawn takes the position after it.</param>
    /// <param name="logits">[vocabulary], raw.</param>
    public static SampledToken Draw(SequenceStep sequence, int row, ReadOnlySpan<float> logits)
    {
        var place = new DrawPlace(sequence, row);
        var processed = LogitsProcessors.Apply(place, logits);
        var likeliest = Likeliest(place, logits, processed);
        if (IsCertain(place, processed[likeliest]))
            return Report(sequence, row, logits, likeliest);
        var weights = Candidates.Weigh(processed, processed[likeliest], place.Parameters);
        var noise = new DrawNoise(place.Parameters.Seed, sequence.Choice, place.Position);
        return Report(sequence, row, logits, ExponentialRace.Winner(weights, noise));
    }

    /// <summary>
    /// What the draw's race is run with: every token's probability relative to the likeliest one, which has 1; 0 where a
    /// token cannot be drawn. A greedy request gives 1 to its one token.
    /// </summary>
    /// <param name="sequence">Its sampling parameters are not null.</param>
    /// <param name="row">Which of the step's tokens.</param>
    /// <param name="logits">[vocabulary], raw.</param>
    /// <returns>[vocabulary].</returns>
    public static float[] Weigh(SequenceStep sequence, int row, ReadOnlySpan<float> logits)
    {
        var place = new DrawPlace(sequence, row);
        var processed = LogitsProcessors.Apply(place, logits);
        var likeliest = Likeliest(place, logits, processed);
        if (!IsCertain(place, processed[likeliest]))
            return Candidates.Weigh(processed, processed[likeliest], place.Parameters);
        var weights = new float[logits.Length];
        weights[likeliest] = 1;
        return weights;
    }

    /// <summary>A drawn token with what the request asks to know of it.</summary>
    /// <param name="sequence">Its sampling parameters are not null.</param>
    /// <param name="row">Which of the step's tokens.</param>
    /// <param name="logits">[vocabulary], raw.</param>
    /// <param name="tokenId">Drawn.</param>
    public static SampledToken Report(SequenceStep sequence, int row, ReadOnlySpan<float> logits, int tokenId)
    {
        var position = sequence.FirstPosition + row + 1;
        if (sequence.Sampling!.LogprobCount is not { } count)
            return new SampledToken(sequence.SequenceId, position, tokenId, float.NaN, []);
        var logSum = LogSumExp(logits);
        return new SampledToken(
            sequence.SequenceId, position, tokenId, logits[tokenId] - logSum, Alternatives(logits, logSum, count));
    }

    /// <summary>How likely a given token is.</summary>
    /// <param name="sequenceId">Handed on.</param>
    /// <param name="position">Of the token.</param>
    /// <param name="tokenId">The token.</param>
    /// <param name="alternativeCount">How many of the likeliest tokens to report beside it.</param>
    /// <param name="logits">[vocabulary], raw, of the token before it.</param>
    public static PromptScore Score(
        long sequenceId, int position, int tokenId, int alternativeCount, ReadOnlySpan<float> logits)
    {
        var logSum = LogSumExp(logits);
        var rank = 1;
        foreach (var logit in logits)
            rank += logit > logits[tokenId] ? 1 : 0;
        return new PromptScore(
            sequenceId, position, tokenId, logits[tokenId] - logSum, rank,
            Alternatives(logits, logSum, alternativeCount));
    }

    /// <summary>The token of the largest logit; of equal ones, the lowest.</summary>
    /// <exception cref="InvariantBrokenException">A logit is not a number.</exception>
    public static int Likeliest(ReadOnlySpan<float> logits)
    {
        var best = 0;
        var areNumbers = true;
        for (var token = 0; token < logits.Length; token++)
        {
            areNumbers &= !float.IsNaN(logits[token]);
            if (logits[token] > logits[best])
                best = token;
        }
        Invariant.That(areNumbers, "a logit is not a number");
        return best;
    }

    private static int Likeliest(DrawPlace place, ReadOnlySpan<float> raw, ReadOnlySpan<float> processed)
    {
        var likeliest = Likeliest(processed);
        return float.IsNegativeInfinity(processed[likeliest]) ? TokenMasks.LikeliestAllowed(place, raw) : likeliest;
    }

    // An infinite logit leaves no other token a chance, and nothing left is infinite too.
    private static bool IsCertain(DrawPlace place, float max) =>
        place.Parameters.Temperature < GreedyTemperature || !float.IsFinite(max);

    // Eight exponentials at once, summed one after another.
    private static float LogSumExp(ReadOnlySpan<float> logits)
    {
        var max = logits[Likeliest(logits)];
        var sum = 0.0;
        Span<float> eight = stackalloc float[Vector256<float>.Count];
        var lanes = MemoryMarshal.Cast<float, Vector256<float>>(logits);
        foreach (var lane in lanes)
        {
            Exponential.Of(lane - Vector256.Create(max)).CopyTo(eight);
            foreach (var weight in eight)
                sum += weight;
        }
        foreach (var logit in logits[(lanes.Length * Vector256<float>.Count)..])
            sum += Exponential.Of(logit - max);
        return max + (float)Math.Log(sum);
    }

    private static ImmutableArray<TokenLogprob> Alternatives(ReadOnlySpan<float> logits, float logSum, int count)
    {
        var alternatives = ImmutableArray.CreateBuilder<TokenLogprob>();
        foreach (var token in TokenOrder.Largest(logits, count))
            alternatives.Add(new TokenLogprob(token, logits[token] - logSum));
        return alternatives.ToImmutable();
    }
}
