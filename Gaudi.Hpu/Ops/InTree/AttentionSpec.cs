using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>What attention is built from.</summary>
/// <param name="Prefix">Where in the model it sits.</param>
/// <param name="Dtype">Of its inputs and its output.</param>
/// <param name="Device">Where its tensors live.</param>
/// <param name="HeadCount">Query heads of this rank; a multiple of KvHeadCount.</param>
/// <param name="KvHeadCount">Key and value heads of this rank.</param>
/// <param name="HeadDim">Dimensions of a head.</param>
/// <param name="Scale">Multiplies every score; 1 / sqrt(HeadDim) in most models.</param>
public sealed record AttentionSpec(
    string Prefix, ScalarType Dtype, Device Device, int HeadCount, int KvHeadCount, int HeadDim, float Scale)
    : OpSpec(Prefix, Dtype, Device)
{
    /// <summary>
    /// How many dimensions of a key are its value, from the first on; null where values are given beside the keys.
    /// </summary>
    public int? SharedValueDim { get; init; }

    /// <summary>Dimensions of a value.</summary>
    public int ValueDim => SharedValueDim ?? HeadDim;

    /// <summary>How many positions a query sees, its own among them; null sees all.</summary>
    public int? WindowTokens { get; init; }

    /// <summary>Scores are softly capped at it after scaling; null caps nothing.</summary>
    public float? SoftCap { get; init; }

    /// <summary>
    /// The checkpoint tensor of the heads' sinks, [heads over all ranks]; null where the model has none.
    /// </summary>
    public WeightSlice? Sinks { get; init; }
}
