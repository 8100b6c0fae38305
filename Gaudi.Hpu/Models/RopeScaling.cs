namespace Gaudi.Hpu.Models;

/// <summary>`rope_scaling` of config.json (newer files: `rope_parameters`), typed. What a type does not use is null.</summary>
/// <param name="Type">`linear`, `dynamic`, `yarn`, `llama3` or `longrope`, as the file says it.</param>
/// <param name="Factor">How much longer the context is than the one trained for.</param>
/// <param name="OriginalMaxPositionEmbeddings">Positions before stretching.</param>
/// <param name="LowFrequencyFactor">llama3: wavelengths above original / this are stretched whole.</param>
/// <param name="HighFrequencyFactor">llama3: wavelengths below original / this are left.</param>
/// <param name="AttentionFactor">yarn, longrope: factor on the rotated values.</param>
/// <param name="BetaFast">yarn: rotations above which a dimension is left.</param>
/// <param name="BetaSlow">yarn: rotations below which a dimension is stretched whole.</param>
public sealed record RopeScaling(
    string Type,
    double? Factor,
    int? OriginalMaxPositionEmbeddings,
    double? LowFrequencyFactor,
    double? HighFrequencyFactor,
    double? AttentionFactor,
    double? BetaFast,
    double? BetaSlow);
