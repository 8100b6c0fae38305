namespace Gaudi.Hpu.Layers;

/// <summary>What a family multiplies and caps at the two ends of its model.</summary>
public sealed record ModelScales
{
    /// <summary>Multiplies the embeddings; 1 in most families.</summary>
    public double Embedding { get; init; } = 1;

    /// <summary>Divides the logits; 1 in most families.</summary>
    public double LogitDivisor { get; init; } = 1;

    /// <summary>Caps the logits softly; null in most families.</summary>
    public double? LogitSoftCap { get; init; }
}
