namespace Gaudi.Hpu.Ops.InTree;

/// <summary>How a model stretches its rotary frequencies to longer contexts. From config.json `rope_scaling`.</summary>
/// <param name="Factor">How many times longer.</param>
/// <param name="LowFrequencyFactor">Llama 3 only: wavelengths over original / this are divided by the factor.</param>
/// <param name="HighFrequencyFactor">Llama 3 only: wavelengths under original / this are left alone.</param>
/// <param name="OriginalMaxPositions">Llama 3 only: the context length of the first training.</param>
public sealed record RotaryScaling(
    double Factor, double LowFrequencyFactor, double HighFrequencyFactor, int OriginalMaxPositions);
