using System.Collections.Immutable;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>LongRoPE: each frequency is divided by a number of its own, from one of two lists.</summary>
/// <param name="ShortFactors">[rotaryDim / 2]: where no position beyond the first training's is served.</param>
/// <param name="LongFactors">[rotaryDim / 2]: where one is.</param>
/// <param name="OriginalMaxPositions">The context length of the first training.</param>
/// <param name="ShortValueFactor">Multiplies cosines and sines with the short list.</param>
/// <param name="LongValueFactor">The same with the long one.</param>
public sealed record LongRotaryScaling(
    ImmutableArray<double> ShortFactors, ImmutableArray<double> LongFactors, int OriginalMaxPositions, double ShortValueFactor,
    double LongValueFactor) : RotaryScaling;
