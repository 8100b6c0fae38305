using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>What a gated norm is built from.</summary>
/// <param name="Prefix">Checkpoint name without `.weight`.</param>
/// <param name="Dtype">Of activations and weight.</param>
/// <param name="Device">Where its tensors live.</param>
/// <param name="Lane">This rank's place in its group.</param>
/// <param name="HiddenSize">Length of a row over all ranks.</param>
/// <param name="GroupCount">Parts of a row that are normed each by itself.</param>
/// <param name="Epsilon">Added to the mean square before the root; null gates without a norm and has no weight.</param>
public sealed record GatedNormSpec(
    string Prefix, ScalarType Dtype, Device Device, RankLane Lane, int HiddenSize, int GroupCount, float? Epsilon)
    : OpSpec(Prefix, Dtype, Device);
