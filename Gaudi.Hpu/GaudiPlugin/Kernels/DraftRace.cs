using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Ops.Kernels;

namespace Gaudi.Hpu.GaudiPlugin.Kernels;

/// <summary>
/// The target's own draw, with the draft as the one to beat: where the draft wins, hardly a logarithm is computed.
/// </summary>
internal static class DraftRace
{
    /// <summary>The winner of weight / Exp(1); of equal ones, the lowest.</summary>
    /// <param name="draft">A token id.</param>
    /// <param name="weights">[vocabulary], not normalised, one over 0 at least.</param>
    /// <param name="key">The row's, at the draft's position.</param>
    public static int Winner(int draft, ReadOnlySpan<float> weights, DrawKey key)
    {
        var noise = new DrawNoise(key.Seed, key.Choice, key.FirstPosition);
        var (best, bestScore) = (draft, ExponentialRace.Score(weights[draft], noise.Uniform(draft)));
        for (var token = 0; token < weights.Length; token++)
        {
            if (!(weights[token] > 0) || token == draft)
                continue;
            var uniform = noise.Uniform(token);
            if (!ExponentialRace.MayBeat(bestScore, weights[token], uniform))
                continue;
            var score = ExponentialRace.Score(weights[token], uniform);
            if (score > bestScore || (score == bestScore && token < best))
                (best, bestScore) = (token, score);
        }
        return best;
    }
}
