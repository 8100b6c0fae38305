using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Quantization;

/// <summary>What a linear method of 8-bit whole numbers with a scale for each output is built from.</summary>
/// <param name="Prefix">Where in the model the layer sits.</param>
/// <param name="Dtype">Of the activations.</param>
/// <param name="Device">Where its weight lives.</param>
/// <param name="Share">What this rank has of the layer.</param>
public sealed record WholeSpec(string Prefix, ScalarType Dtype, Device Device, LinearShare Share) : OpSpec(Prefix, Dtype, Device);
