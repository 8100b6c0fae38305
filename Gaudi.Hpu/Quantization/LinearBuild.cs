using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Quantization;

/// <summary>What a layer of a quantized checkpoint is built from.</summary>
/// <param name="Table">Where ops are looked up.</param>
/// <param name="Prefix">Where in the model the layer sits.</param>
/// <param name="Dtype">Of the activations.</param>
/// <param name="Device">Where its weight lives.</param>
/// <param name="Share">What this rank has of it.</param>
/// <param name="Find">What the checkpoint has under a name; null for nothing.</param>
/// <param name="Fp8">How this card counts in float8.</param>
public sealed record LinearBuild(
    OpTable Table, string Prefix, ScalarType Dtype, Device Device, LinearShare Share, Func<string, StoredTensor?> Find,
    Fp8Rules Fp8);
