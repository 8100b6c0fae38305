using System.Collections.Immutable;

namespace Gaudi.Hpu.Models;

/// <summary>What config.json says of mixtures of experts.</summary>
/// <param name="ExpertCount">Experts of a layer.</param>
/// <param name="ChosenCount">Experts that compute a token.</param>
/// <param name="IntermediateSize">Width of an expert.</param>
/// <param name="Renormalises">Whether the chosen experts' weights are made to sum to 1.</param>
/// <param name="SparseLayers">By layer: whether its feed-forward part is a mixture.</param>
public sealed record MoeConfig(
    int ExpertCount, int ChosenCount, int IntermediateSize, bool Renormalises, ImmutableArray<bool> SparseLayers)
{
    /// <summary>Width of the expert that computes every token; 0 without one.</summary>
    public int SharedIntermediateSize { get; init; }

    /// <summary>Groups the experts are chosen by; null where they are chosen one by one.</summary>
    public ExpertGroups? Groups { get; init; }

    /// <summary>Whether scores are sigmoids, and not a softmax over all experts.</summary>
    public bool ScoresBySigmoid { get; init; }

    /// <summary>Whether a bias in the checkpoint takes part in choosing, and not in weighing.</summary>
    public bool HasCorrectionBias { get; init; }

    /// <summary>Multiplies the chosen experts' weights.</summary>
    public double ScalingFactor { get; init; } = 1;

    /// <summary>Reads the counts that all families have, and says what is wrong with them.</summary>
    /// <param name="fields">Of config.json.</param>
    /// <param name="countField">Names the experts of a layer.</param>
    /// <param name="config">So far.</param>
    /// <param name="intermediateSize">Width of an expert.</param>
    /// <param name="renormalises">As the family has it.</param>
    /// <param name="isSparse">Whether a layer's feed-forward part is a mixture.</param>
    internal static MoeConfig Read(
        JsonFields fields, string countField, ModelConfig config, int intermediateSize, bool renormalises, Func<int, bool> isSparse)
    {
        var expertCount = fields.RequiredCount(countField);
        var chosenCount = fields.RequiredCount("num_experts_per_tok");
        if (chosenCount > expertCount)
            fields.Problem("num_experts_per_tok", $"at most {countField} ({expertCount})", $"{chosenCount}");
        return new MoeConfig(
            expertCount, Math.Min(chosenCount, expertCount), intermediateSize, renormalises,
            [.. Enumerable.Range(0, config.LayerCount).Select(isSparse)]);
    }
}
