using Gaudi.Hpu.Ops.Kernels;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>Rejection sampling of one draft: whatever drafted, the token follows the target's distribution.</summary>
/// <remarks>
/// A draft x stands with probability min(1, p(x) / q(x)); else the token is drawn from max(p - q, 0). Sums are double, in
/// the order of token ids. Source: Leviathan, Kalman and Matias 2023, algorithm 1.
/// </remarks>
internal static class StandardVerification
{
    /// <summary>The draft where it stands, else the token in its place.</summary>
    /// <param name="draft">A token id.</param>
    /// <param name="target">[vocabulary], not normalised.</param>
    /// <param name="proposal">The same of whoever drafted; empty where the draft counts as certain.</param>
    /// <param name="key">The row's.</param>
    /// <param name="position">The draft's.</param>
    public static int Choose(
        int draft, ReadOnlySpan<float> target, ReadOnlySpan<float> proposal, DrawKey key, int position)
    {
        var p = Normalised(target); // [vocabulary]
        var q = proposal.IsEmpty ? OneHot(draft, target.Length) : Normalised(proposal); // [vocabulary]
        var acceptance = new DrawNoise(key.Seed, key.Choice, position, DrawPurpose.Acceptance);
        return acceptance.Uniform(draft) * q[draft] < p[draft]
            ? draft
            : Race(Residual(p, q), new DrawNoise(key.Seed, key.Choice, position, DrawPurpose.Recovery));
    }

    private static double[] Normalised(ReadOnlySpan<float> weights)
    {
        var sum = 0.0;
        foreach (var weight in weights)
            sum += weight;
        Invariant.That(sum > 0, $"weights of a sum over 0, not {sum}");
        var probabilities = new double[weights.Length];
        for (var token = 0; token < weights.Length; token++)
            probabilities[token] = weights[token] / sum;
        return probabilities;
    }

    private static double[] OneHot(int token, int count)
    {
        var probabilities = new double[count];
        probabilities[token] = 1;
        return probabilities;
    }

    // Where rounding leaves nothing, p and q are the same, and so is what is left of p.
    private static double[] Residual(double[] p, double[] q)
    {
        var residual = new double[p.Length];
        for (var token = 0; token < p.Length; token++)
            residual[token] = Math.Max(p[token] - q[token], 0);
        return Array.TrueForAll(residual, weight => weight <= 0) ? p : residual;
    }

    private static int Race(double[] weights, DrawNoise noise)
    {
        var (best, bestScore) = (-1, 0.0);
        for (var token = 0; token < weights.Length; token++)
        {
            var score = ExponentialRace.Score(weights[token], noise.Uniform(token));
            if (score > bestScore)
                (best, bestScore) = (token, score);
        }
        return best;
    }
}
