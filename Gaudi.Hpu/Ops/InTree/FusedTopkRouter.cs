namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// The k experts of the largest score, correction bias included; their weights are the scores without the bias. With
/// <see cref="RouterScoring.SoftmaxOfChosen"/> the weights are the softmax over the chosen outputs.
/// </summary>
/// <remarks>
/// Source: Shazeer et al. 2017 (top-k of a softmax); op modules 4.3. Weights stay float32, where upstream rounds them to
/// x's type.
/// </remarks>
[OpName("FusedTopKRouter", "fused_topk_router")]
public class FusedTopkRouter(OpSpec spec) : TopkRouter(spec)
{
    /// <summary>What it was built from.</summary>
    public new FusedTopkSpec Spec { get; } = (FusedTopkSpec)spec;

    /// <inheritdoc />
    protected override RouterForward ForwardNative => logits => Route(logits, RouteRow);

    private void RouteRow(ReadOnlySpan<float> logits, Span<long> ids, Span<float> weights)
    {
        Span<float> scores = stackalloc float[logits.Length]; // [experts]
        Span<float> ranks = stackalloc float[logits.Length]; // [experts], scores with bias
        Span<bool> isOpen = stackalloc bool[logits.Length]; // [experts]
        RouterScores.Fill(Spec.Scoring, logits, scores);
        for (var expert = 0; expert < logits.Length; expert++)
            ranks[expert] = scores[expert] + Bias[expert];
        isOpen.Fill(true);
        RouterScores.Largest(ranks, isOpen, ids);
        for (var i = 0; i < ids.Length; i++)
            weights[i] = scores[(int)ids[i]];
        if (Spec.Scoring == RouterScoring.SoftmaxOfChosen)
            RouterScores.Softmax(weights, weights);
    }
}
