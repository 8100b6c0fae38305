using Gaudi.Hpu.GaudiPlugin.Kernels;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Hpu.GaudiPlugin.Ops;

/// <summary>
/// Grouped top-k routing: one pass ranks the groups, one more over the chosen groups' experts ranks these.
/// </summary>
public sealed class HpuGroupedTopk(OpSpec spec) : GroupedTopk(spec)
{
    /// <inheritdoc />
    protected override RouterForward ForwardOutOfTree => logits => Route(logits, RouteRow);

    private void RouteRow(ReadOnlySpan<float> logits, Span<long> ids, Span<float> weights)
    {
        Span<float> scores = stackalloc float[ScoreKernel.Padded(logits.Length)]; // [padded experts]
        Span<long> groups = stackalloc long[Spec.TopkGroupCount]; // [chosen groups]
        Span<float> groupScores = stackalloc float[Spec.TopkGroupCount]; // [chosen groups]
        logits.CopyTo(scores);
        ScoreKernel.Apply(Spec.Scoring, scores, logits.Length);
        var bestGroups = new LargestFirst(groups, groupScores);
        for (var group = 0; group < Spec.GroupCount; group++)
            bestGroups.Offer(group, GroupScore(scores, group * Spec.GroupSize));
        groups.Sort(); // Of equal experts the first index wins, whatever its group's rank.
        var best = new LargestFirst(ids, weights);
        foreach (var group in groups)
        {
            var first = (int)group * Spec.GroupSize;
            for (var expert = first; expert < first + Spec.GroupSize; expert++)
                best.Offer(expert, scores[expert] + Bias[expert]);
        }
        for (var i = 0; i < ids.Length; i++)
            weights[i] = scores[(int)ids[i]];
    }

    private float GroupScore(ReadOnlySpan<float> scores, int first)
    {
        Span<long> places = stackalloc long[2]; // [experts that count]
        Span<float> values = stackalloc float[2]; // [experts that count]
        var counted = Spec.CorrectionBias is null ? 1 : 2;
        var largest = new LargestFirst(places[..counted], values[..counted]);
        for (var expert = first; expert < first + Spec.GroupSize; expert++)
            largest.Offer(expert, scores[expert] + Bias[expert]);
        return counted == 1 ? values[0] : values[0] + values[1];
    }
}
