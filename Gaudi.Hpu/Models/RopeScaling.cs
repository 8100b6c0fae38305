using System.Collections.Immutable;
using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Hpu.Models;

/// <summary>`rope_scaling` of config.json (newer files: `rope_parameters`), typed. What a type does not use is null.</summary>
/// <param name="Type">`linear`, `dynamic`, `yarn`, `llama3`, `longrope` or `mrope`.</param>
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
    double? BetaSlow)
{
    /// <summary>yarn: `mscale`, the weight of the magnitude that multiplies rotated values.</summary>
    public double? ValueScale { get; init; }

    /// <summary>
    /// yarn: `mscale_all_dim`, the weight of the magnitude that divides them again; DeepSeek's also sharpens attention by its
    /// square.
    /// </summary>
    public double? AllDimensionsScale { get; init; }

    /// <summary>yarn: whether the blend begins and ends at whole dimensions.</summary>
    public bool IsTruncated { get; init; } = true;

    /// <summary>longrope: what each frequency is divided by in the first context.</summary>
    public ImmutableArray<double> ShortFactors { get; init; } = [];

    /// <summary>longrope: the same beyond it.</summary>
    public ImmutableArray<double> LongFactors { get; init; } = [];

    /// <summary>longrope: `short_mscale`, the factor on the rotated values in the first context.</summary>
    public double? ShortValueFactor { get; init; }

    /// <summary>longrope: `long_mscale`, the same beyond it.</summary>
    public double? LongValueFactor { get; init; }

    /// <summary>mrope: pairs of dimensions by time, row and column.</summary>
    public ImmutableArray<int> Sections { get; init; } = [];

    /// <summary>mrope: whether the axes take turns.</summary>
    public bool IsInterleaved { get; init; }

    /// <summary>mrope: its three sections.</summary>
    internal RotarySections RotarySections => new(Sections[0], Sections[1], Sections[2], IsInterleaved);

    /// <summary>
    /// Positions that can be served: linear and dynamic stretch what the file names, yarn what was trained for first; in files of
    /// the other types the number is the stretched one.
    /// </summary>
    /// <param name="positions">`max_position_embeddings`.</param>
    /// <remarks>Source: vllm-project/vllm, config/model.py, _get_and_verify_max_len (read 2026-11).</remarks>
    public double PositionsMax(int positions) => Type switch
    {
        "linear" or "dynamic" => positions * (Factor ?? 1),
        "yarn" => (OriginalMaxPositionEmbeddings ?? positions) * (Factor ?? 1),
        _ => positions,
    };
}
