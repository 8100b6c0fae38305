using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Ops.Kernels;

namespace Gaudi.Hpu.GaudiPlugin.Kernels;

/// <summary>
/// Rejection sampling of one draft in two passes over its weights: their sums, then the race over what p has more than
/// q, which is never stored.
/// </summary>
internal static class ResidualRace
{
    /// <summary>The draft with probability min(1, p / q), else a draw from max(p - q, 0).</summary>
    /// <param name="draft">A token id.</param>
    /// <param name="target">[vocabulary], not normalised: p.</param>
    /// <param name="proposal">The same of whoever drafted: q; empty where the draft counts as certain.</param>
    /// <param name="key">The row's, at the draft's position.</param>
    public static int Choose(int draft, ReadOnlySpan<float> target, ReadOnlySpan<float> proposal, DrawKey key)
    {
        var (targetSum, proposalSum) = (Sum(target), proposal.IsEmpty ? 1 : Sum(proposal));
        Invariant.That(targetSum > 0 && proposalSum > 0, "weights of sums over 0");
        var acceptance = new DrawNoise(key.Seed, key.Choice, key.FirstPosition, DrawPurpose.Acceptance);
        var likelihood = proposal.IsEmpty ? 1 : proposal[draft] / proposalSum;
        if (acceptance.Uniform(draft) * likelihood < target[draft] / targetSum)
            return draft;
        var recovery = new DrawNoise(key.Seed, key.Choice, key.FirstPosition, DrawPurpose.Recovery);
        var recovered = proposal.IsEmpty
            ? Race(target, targetSum, [], 1, without: draft, recovery)
            : Race(target, targetSum, proposal, proposalSum, without: -1, recovery);
        return recovered >= 0 ? recovered : Race(target, targetSum, [], 1, without: -1, recovery);
    }

    private static double Sum(ReadOnlySpan<float> weights)
    {
        var sum = 0.0;
        foreach (var weight in weights)
            sum += weight;
        return sum;
    }

    // The winner over target - proposal, a part of one token left out; -1 where nothing is over 0.
    private static int Race(
        ReadOnlySpan<float> target, double targetSum, ReadOnlySpan<float> proposal, double proposalSum, int without,
        DrawNoise noise)
    {
        var (best, bestScore) = (-1, 0.0);
        for (var token = 0; token < target.Length; token++)
        {
            var weight = (target[token] / targetSum) - (proposal.IsEmpty ? 0 : proposal[token] / proposalSum);
            if (!(weight > 0) || token == without)
                continue;
            var uniform = noise.Uniform(token);
            if (ExponentialRace.MayBeat(bestScore, weight, uniform)
                && ExponentialRace.Score(weight, uniform) is var score && score > bestScore)
            {
                (best, bestScore) = (token, score);
            }
        }
        return best;
    }
}
