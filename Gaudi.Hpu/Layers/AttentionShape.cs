namespace Gaudi.Hpu.Layers;

/// <summary>Sizes of an attention layer over all ranks.</summary>
/// <param name="HiddenSize">Width of the residual stream.</param>
/// <param name="HeadCount">Query heads.</param>
/// <param name="KvHeadCount">Key and value heads.</param>
/// <param name="HeadDim">Dimensions of a head.</param>
/// <param name="HasInputBias">Whether q, k and v have a bias.</param>
/// <param name="HasOutputBias">Whether the output projection has one.</param>
/// <param name="QkNormEpsilon">The epsilon of the norms of queries and keys; null when there are none.</param>
public sealed record AttentionShape(
    int HiddenSize, int HeadCount, int KvHeadCount, int HeadDim, bool HasInputBias, bool HasOutputBias,
    double? QkNormEpsilon)
{
    /// <summary>How many positions a query sees, its own among them; null sees all.</summary>
    public int? WindowTokens { get; init; }

    /// <summary>Multiplies every score; null is 1 / sqrt(head dimensions).</summary>
    public double? Scale { get; init; }

    /// <summary>Scores are softly capped at it, before they are masked; null caps nothing.</summary>
    public double? SoftCap { get; init; }

    /// <summary>How the norms of queries and keys use their weights.</summary>
    public NormKind QkNormKind { get; init; }

    /// <summary>Whether the checkpoint keeps q, k and v in one tensor `qkv_proj`, in this order.</summary>
    public bool IsQkvFused { get; init; }

    /// <summary>Whether each head has a sink, in the checkpoint as `sinks`.</summary>
    public bool HasSinks { get; init; }
}
