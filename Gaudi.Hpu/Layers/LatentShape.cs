namespace Gaudi.Hpu.Layers;

/// <summary>Sizes of multi-head latent attention over all ranks.</summary>
/// <param name="HiddenSize">Width of the residual stream.</param>
/// <param name="HeadCount">Query heads.</param>
/// <param name="QueryRank">Width of the queries' latent; null where queries are projected in one step.</param>
/// <param name="KvRank">Width of the latent that keys and values come from.</param>
/// <param name="NopeDim">Dimensions of a query or key head without rotation.</param>
/// <param name="RopeDim">Dimensions with; all heads share those of the key.</param>
/// <param name="ValueDim">Dimensions of a value head.</param>
/// <param name="HasBias">Whether the projections into latents and the output projection have biases.</param>
/// <param name="NormEpsilon">Of the latents' norms.</param>
/// <param name="Scale">Multiplies every score.</param>
public sealed record LatentShape(
    int HiddenSize, int HeadCount, int? QueryRank, int KvRank, int NopeDim, int RopeDim, int ValueDim, bool HasBias,
    double NormEpsilon, double Scale)
{
    /// <summary>Dimensions of a query head.</summary>
    public int QueryDim => NopeDim + RopeDim;

    /// <summary>Values the cache keeps of a position: the latent, then the rotated key.</summary>
    public int CachedDim => KvRank + RopeDim;
}
