using System.Collections.Immutable;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Quantization;

/// <summary>What a checkpoint's header says of a tensor.</summary>
/// <param name="Dtype">Of the stored values.</param>
/// <param name="Shape">Empty for a single value.</param>
public sealed record StoredTensor(ScalarType Dtype, ImmutableArray<long> Shape);
