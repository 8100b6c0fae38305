using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>What a rejection sampler is built from.</summary>
/// <param name="Prefix">What it is called; it sits in no model.</param>
/// <param name="Dtype">Of the weights it reads: float32.</param>
/// <param name="Device">Where its tensors live.</param>
public sealed record RejectionSpec(string Prefix, ScalarType Dtype, Device Device) : OpSpec(Prefix, Dtype, Device);
