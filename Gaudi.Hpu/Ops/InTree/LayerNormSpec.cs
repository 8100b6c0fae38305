using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>What a layer norm with a weight and a bias is built from.</summary>
/// <param name="Prefix">Checkpoint name without `.weight` and `.bias`.</param>
/// <param name="Dtype">Of activations, weight and bias.</param>
/// <param name="Device">Where its tensors live.</param>
/// <param name="HiddenSize">Length of the last dimension.</param>
/// <param name="Epsilon">Added to the variance before the root.</param>
public sealed record LayerNormSpec(string Prefix, ScalarType Dtype, Device Device, int HiddenSize, float Epsilon)
    : OpSpec(Prefix, Dtype, Device);
