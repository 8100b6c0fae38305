using Gaudi.Hpu.GaudiPlugin.Kernels;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Hpu.GaudiPlugin.Ops;

/// <summary>Top-k routing with vector scores and one pass for the choice.</summary>
public sealed class HpuFusedTopkRouter(OpSpec spec) : FusedTopkRouter(spec)
{
    /// <inheritdoc />
    protected override RouterForward ForwardOutOfTree => logits => Route(logits, RouteRow);

    private void RouteRow(ReadOnlySpan<float> logits, Span<long> ids, Span<float> weights)
    {
        Span<float> scores = stackalloc float[ScoreKernel.Padded(logits.Length)]; // [padded experts]
        logits.CopyTo(scores);
        ScoreKernel.Apply(Spec.Scoring, scores, logits.Length);
        var largest = new LargestFirst(ids, weights);
        for (var expert = 0; expert < logits.Length; expert++)
            largest.Offer(expert, scores[expert] + Bias[expert]);
        for (var i = 0; i < ids.Length; i++)
            weights[i] = scores[(int)ids[i]];
        if (Spec.Scoring == RouterScoring.SoftmaxOfChosen)
            SoftmaxOfChosen(weights);
    }

    private static void SoftmaxOfChosen(Span<float> weights)
    {
        Span<float> padded = stackalloc float[ScoreKernel.Padded(weights.Length)]; // [padded k]
        weights.CopyTo(padded);
        ScoreKernel.Softmax(padded, weights.Length);
        padded[..weights.Length].CopyTo(weights);
    }
}
