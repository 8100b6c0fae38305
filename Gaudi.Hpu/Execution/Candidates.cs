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
    /// <param name="logits">[vocabulary], raw.</param>
    /// <param name="max">The largest of them.</param>
    /// <param name="parameters">Temperature at least <see cref="Sampler.GreedyTemperature"/>.</param>
    /// <remarks>
    /// The likeliest token is always kept. Tokens tied at a boundary: top-k keeps all, top-p the lower ids.
    /// </remarks>
    public static float[] Weigh(ReadOnlySpan<float> logits, float max, SamplingParameters parameters)
    {
        var weights = new float[logits.Length];
        for (var token = 0; token < logits.Length; token++)
        {
            var weight = Exponential.Of((logits[token] / parameters.Temperature) - (max / parameters.Temperature));
            weights[token] = weight >= parameters.MinP ? weight : 0;
        }
        var keepsAll = parameters.TopK <= 0 || parameters.TopK >= logits.Length;
        if (keepsAll && parameters.TopP >= 1)
            return weights;
        var order = Descending(logits);
        if (!keepsAll)
            KeepTop(weights, logits, order, parameters.TopK);
        if (parameters.TopP < 1)
            KeepNucleus(weights, order, parameters.TopP);
        return weights;
    }

    /// <summary>Token ids, largest logit first; of equal ones, the lowest first.</summary>
    public static int[] Descending(ReadOnlySpan<float> logits)
    {
        var keys = new ulong[logits.Length];
        for (var token = 0; token < logits.Length; token++)
        {
            var bits = BitConverter.SingleToUInt32Bits(logits[token] + 0f); // +0 and -0 are equal
            var ascending = (bits & 0x8000_0000) != 0 ? ~bits : bits | 0x8000_0000;
            keys[token] = ((ulong)~ascending << 32) | (uint)token;
        }
        Array.Sort(keys);
        return Array.ConvertAll(keys, key => (int)(uint)key);
    }

    private static void KeepTop(float[] weights, ReadOnlySpan<float> logits, int[] order, int topK)
    {
        var least = logits[order[topK - 1]];
        for (var token = 0; token < weights.Length; token++)
        {
            if (logits[token] < least)
                weights[token] = 0;
        }
    }

    // Excludes the unlikeliest tokens whose probabilities together are at most 1 - p.
    private static void KeepNucleus(float[] weights, int[] order, float topP)
    {
        var sum = 0.0;
        foreach (var weight in weights)
            sum += weight;
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
