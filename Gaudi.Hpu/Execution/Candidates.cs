using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Gaudi.Hpu.Ops.Kernels;

namespace Gaudi.Hpu.Execution;

/// <summary>
/// Which tokens may be drawn, and how likely each is: temperature, min-p, top-k, top-p, in this order.
/// </summary>
internal static class Candidates
{
    /// <summary>
    /// Every token's weight relative to the likeliest one, which has 1; 0 where a rule excludes the token.
    /// </summary>
    /// <param name="logits">[vocabulary], after the request's processors.</param>
    /// <param name="max">The largest of them, finite.</param>
    /// <param name="parameters">Temperature at least <see cref="Sampler.GreedyTemperature"/>.</param>
    /// <remarks>
    /// The likeliest token is always kept. Tokens tied at a boundary: top-k keeps all, top-p the lower ids.
    /// The temperature divides in float32 (rule SM4).
    /// </remarks>
    public static float[] Weigh(ReadOnlySpan<float> logits, float max, SamplingParameters parameters)
    {
        var weights = Relative(logits, max, parameters.Temperature, parameters.MinP);
        if (parameters.TopK > 0 && parameters.TopK < logits.Length)
            KeepTop(weights, logits, parameters.TopK);
        if (parameters.TopP < 1)
            KeepNucleus(weights, logits, parameters.TopP);
        return weights;
    }

    // e^(logit / temperature - max / temperature), and 0 where that is less than min-p.
    private static float[] Relative(ReadOnlySpan<float> logits, float max, float temperature, float minP)
    {
        var weights = new float[logits.Length];
        var lanes = MemoryMarshal.Cast<float, Vector256<float>>(logits);
        var kept = MemoryMarshal.Cast<float, Vector256<float>>(weights.AsSpan());
        var (divisor, least) = (Vector256.Create(temperature), Vector256.Create(minP));
        var highest = Vector256.Create(max) / divisor;
        for (var i = 0; i < lanes.Length; i++)
        {
            var weight = Exponential.Of((lanes[i] / divisor) - highest);
            kept[i] = weight & Vector256.GreaterThanOrEqual(weight, least);
        }
        for (var token = lanes.Length * Vector256<float>.Count; token < logits.Length; token++)
        {
            var weight = Exponential.Of((logits[token] / temperature) - (max / temperature));
            weights[token] = weight >= minP ? weight : 0;
        }
        return weights;
    }

    private static void KeepTop(float[] weights, ReadOnlySpan<float> logits, int topK)
    {
        var least = logits[TokenOrder.Largest(logits, topK)[^1]];
        for (var token = 0; token < weights.Length; token++)
        {
            if (logits[token] < least)
                weights[token] = 0;
        }
    }

    // Excludes the unlikeliest tokens whose probabilities together are at most 1 - p (rule SM2).
    private static void KeepNucleus(float[] weights, ReadOnlySpan<float> logits, float topP)
    {
        var sum = 0.0;
        var candidates = new List<int>();
        for (var token = 0; token < weights.Length; token++)
        {
            sum += weights[token];
            if (weights[token] > 0)
                candidates.Add(token);
        }
        var order = TokenOrder.Descending(logits, [.. candidates]);
        var excludable = (1 - (double)topP) * sum;
        var excluded = 0.0;
        for (var i = order.Length - 1; i > 0; i--)
        {
            excluded += weights[order[i]];
            if (excluded > excludable)
                return;
            weights[order[i]] = 0;
        }
    }
}
