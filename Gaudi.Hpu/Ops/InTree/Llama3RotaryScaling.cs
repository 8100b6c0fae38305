namespace Gaudi.Hpu.Ops.InTree;

/// <summary>Long waves are divided, short ones left, those between blended.</summary>
/// <param name="Factor">What long waves are divided by.</param>
/// <param name="LowFrequencyFactor">Wavelengths over original / this are divided whole.</param>
/// <param name="HighFrequencyFactor">Wavelengths under original / this are left alone.</param>
/// <param name="OriginalMaxPositions">The context length of the first training.</param>
public sealed record Llama3RotaryScaling(
    double Factor, double LowFrequencyFactor, double HighFrequencyFactor, int OriginalMaxPositions) : RotaryScaling;
