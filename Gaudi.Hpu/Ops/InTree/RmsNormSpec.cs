using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>What an RMS norm is built from.</summary>
/// <param name="Prefix">Checkpoint name without `.weight`.</param>
/// <param name="Dtype">Of activations and weight.</param>
/// <param name="Device">Where its tensors live.</param>
/// <param name="HiddenSize">Length of the last dimension.</param>
/// <param name="Epsilon">Added to the mean square before the root.</param>
public sealed record RmsNormSpec(string Prefix, ScalarType Dtype, Device Device, int HiddenSize, float Epsilon)
    : OpSpec(Prefix, Dtype, Device);
