namespace Gaudi.Hpu.Ops.Kernels;

/// <summary>
/// A draw of a token in proportion to its weight: every token runs weight / Exp(1), the largest wins (rule SM1).
/// </summary>
internal static class ExponentialRace
{
    // Far more than the rounding of a logarithm and far less than matters.
    private const double Certainty = 1 - 1e-9;

    /// <summary>The winner; of equal ones, the lowest. -1 where no weight is over 0.</summary>
    /// <param name="weights">[vocabulary], not normalised; a token of weight 0 cannot win.</param>
    /// <param name="noise">The draw's.</param>
    public static int Winner(ReadOnlySpan<float> weights, DrawNoise noise)
    {
        var (best, bestScore) = (-1, 0.0);
        for (var token = 0; token < weights.Length; token += 2)
        {
            var even = weights[token];
            var odd = token + 1 < weights.Length ? weights[token + 1] : 0;
            if (!(even > 0 || odd > 0))
                continue;
            var (evenUniform, oddUniform) = noise.UniformPair(token >> 1);
            if (MayBeat(bestScore, even, evenUniform) && Score(even, evenUniform) is var first && first > bestScore)
                (best, bestScore) = (token, first);
            if (MayBeat(bestScore, odd, oddUniform) && Score(odd, oddUniform) is var second && second > bestScore)
                (best, bestScore) = (token + 1, second);
        }
        return best;
    }

    /// <summary>What a token runs.</summary>
    public static double Score(double weight, double uniform) => weight / -Math.Log(uniform);

    /// <summary>
    /// False where a token certainly runs less than a score: -ln u is at least 1 - u, so most tokens need no logarithm.
    /// </summary>
    public static bool MayBeat(double score, double weight, double uniform) =>
        weight > (1 - uniform) * score * Certainty;
}
