using Gaudi.Hpu.Models;

namespace Gaudi.Tests.Simulation.Cost;

/// <summary>The sizes of a decoder that decide what a step costs.</summary>
/// <param name="HiddenSize">Width of the residual stream.</param>
/// <param name="LayerCount">Decoder layers.</param>
/// <param name="HeadCount">Query heads.</param>
/// <param name="KvHeadCount">Key and value heads.</param>
/// <param name="HeadDim">Width of one head.</param>
/// <param name="IntermediateSize">Width of the feed-forward part, or of one expert.</param>
/// <param name="VocabularySize">Rows of the head.</param>
/// <param name="IsTied">Whether the head is the embedding.</param>
/// <param name="ExpertCount">Experts of a layer; 1 where the feed-forward part is dense.</param>
/// <param name="ExpertsPerToken">Those a token goes through.</param>
/// <param name="WeightBytes">Bytes of one linear weight.</param>
/// <param name="HeadBytes">Bytes of one weight of embedding and head, and of one activation.</param>
/// <param name="KvBytes">Bytes of one key or value.</param>
internal sealed record ModelShape(
    int HiddenSize, int LayerCount, int HeadCount, int KvHeadCount, int HeadDim, int IntermediateSize, int VocabularySize, bool IsTied,
    int ExpertCount, int ExpertsPerToken, double WeightBytes, double HeadBytes, double KvBytes)
{
    /// <summary>Of a checkpoint's config.</summary>
    /// <param name="config">What config.json says.</param>
    /// <param name="weightBytes">Bytes of one linear weight as it is kept on the card.</param>
    /// <param name="kvBytes">Bytes of one key or value.</param>
    /// <exception cref="ArgumentException">A part of the model has no formula here: latent attention, mixers.</exception>
    internal static ModelShape Of(ModelConfig config, double weightBytes, double kvBytes) =>
        config is { Mla: not null } or { Mamba: not null }
        ? throw new ArgumentException($"expected a model of plain attention, got {config.Architecture}: its costs have no formula here")
        : new ModelShape(
        config.HiddenSize, config.LayerCount, config.HeadCount, config.KvHeadCount, config.HeadDim,
        config.Moe?.IntermediateSize ?? config.IntermediateSize, config.VocabularySize, config.TieWordEmbeddings,
        config.Moe?.ExpertCount ?? 1, config.Moe?.ChosenCount ?? 1, weightBytes, Math.Max(weightBytes, 2), kvBytes);

    /// <summary>Weights of one layer's attention.</summary>
    internal double AttentionWeights => (2.0 * HeadCount + 2.0 * KvHeadCount) * HeadDim * HiddenSize;

    /// <summary>Weights of one expert of one layer.</summary>
    internal double ExpertWeights => 3.0 * HiddenSize * IntermediateSize;

    /// <summary>Weights of the head.</summary>
    internal double HeadWeights => (double)VocabularySize * HiddenSize;

    /// <summary>Bytes of all weights.</summary>
    internal double TotalBytes =>
        LayerCount * (AttentionWeights + (ExpertCount * ExpertWeights)) * WeightBytes + (HeadWeights * HeadBytes * (IsTied ? 1 : 2));

    /// <summary>Key and value bytes of one position on one rank. Heads that are fewer than ranks are kept on several.</summary>
    internal double PositionBytes(int worldSize) =>
        2.0 * Math.Max(1.0, (double)KvHeadCount / worldSize) * HeadDim * LayerCount * KvBytes;

    /// <summary>
    /// Experts of a layer that some of the tokens go through, if they choose evenly: E (1 - (1 - k/E)^T).
    /// </summary>
    internal double TouchedExperts(int tokenCount) =>
        ExpertCount * (1 - Math.Pow(1 - ((double)ExpertsPerToken / ExpertCount), tokenCount));
}
