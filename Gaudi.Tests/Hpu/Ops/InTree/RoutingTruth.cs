using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Tests.Hpu.Ops.InTree;

/// <summary>Routing of one token in float64, by sorting: written from the formulas, not from the ops.</summary>
internal static class RoutingTruth
{
    public sealed record Routed(int[] Ids, double[] Weights);

    public static Routed FusedTopk(FusedTopkSpec spec, double[] logits, double[] bias)
    {
        var scores = Scores(spec.Scoring, logits);
        var ids = Best(Enumerable.Range(0, logits.Length), i => scores[i] + bias[i], spec.TopK);
        var weights = ids.Select(i => scores[i]).ToArray();
        if (spec.Scoring == RouterScoring.SoftmaxOfChosen)
            weights = Scores(RouterScoring.Softmax, weights);
        return new Routed(ids, Finish(spec, weights));
    }

    public static Routed Grouped(GroupedTopkSpec spec, double[] logits, double[] bias)
    {
        var scores = Scores(spec.Scoring, logits);
        var counted = spec.CorrectionBias is null ? 1 : 2;
        var size = logits.Length / spec.GroupCount;
        var groups = Best(
            Enumerable.Range(0, spec.GroupCount),
            g => Enumerable.Range(g * size, size).Select(i => scores[i] + bias[i]).OrderDescending().Take(counted).Sum(),
            spec.TopkGroupCount);
        var open = Enumerable.Range(0, logits.Length).Where(i => groups.Contains(i / size));
        var ids = Best(open, i => scores[i] + bias[i], spec.TopK);
        return new Routed(ids, Finish(spec, [.. ids.Select(i => scores[i])]));
    }

    // LINQ's sort is stable: equal scores stay in rising order.
    private static int[] Best(IEnumerable<int> places, Func<int, double> score, int count) =>
        [.. places.OrderByDescending(score).Take(count)];

    private static double[] Scores(RouterScoring scoring, double[] x) => scoring switch
    {
        RouterScoring.Softmax => Softmax([.. x.Select(Math.Exp)]),
        RouterScoring.Sigmoid => [.. x.Select(one => 1 / (1 + Math.Exp(-one)))],
        RouterScoring.SqrtSoftplus => [.. x.Select(one => Math.Sqrt(Math.Log(1 + Math.Exp(one))))],
        _ => x,
    };

    private static double[] Softmax(double[] powers)
    {
        var sum = powers.Sum();
        return [.. powers.Select(power => power / sum)];
    }

    private static double[] Finish(RouterSpec spec, double[] weights) =>
        [.. weights.Select(w => (spec.Renormalise ? w / weights.Sum() : w) * spec.ScalingFactor)];
}
