using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>What a rotation by given angles is built from.</summary>
/// <param name="Prefix">Where in the model it sits.</param>
/// <param name="Dtype">Of its input and output.</param>
/// <param name="Device">Where its tensors live.</param>
/// <param name="HeadSize">Dimensions of a head; even.</param>
public sealed record RotaryAnglesSpec(string Prefix, ScalarType Dtype, Device Device, int HeadSize)
    : OpSpec(Prefix, Dtype, Device);
