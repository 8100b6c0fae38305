using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>What a gated activation is built from.</summary>
/// <param name="Prefix">Where in the model it sits.</param>
/// <param name="Dtype">Of its input and output.</param>
/// <param name="Device">Where its tensors live.</param>
public sealed record ActivationSpec(string Prefix, ScalarType Dtype, Device Device) : OpSpec(Prefix, Dtype, Device);
