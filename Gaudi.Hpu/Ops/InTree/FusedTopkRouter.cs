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
}
