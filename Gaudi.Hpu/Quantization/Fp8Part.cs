using System.Collections.Immutable;

namespace Gaudi.Hpu.Quantization;

/// <summary>What a checkpoint stores beside the codes of one part of a layer.</summary>
/// <param name="Scale">Of the weight.</param>
/// <param name="InputScaleShape">Shape of `input_scale`, one value; null where activations are scaled as they come.</param>
public sealed record Fp8Part(Fp8StoredScale Scale, ImmutableArray<long>? InputScaleShape);
