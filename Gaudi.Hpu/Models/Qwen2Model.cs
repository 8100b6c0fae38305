using Gaudi.Hpu.Layers;
using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Hpu.Models;

/// <summary>
/// Qwen 2 and 2.5, dense: Llama's layers, with a bias on queries, keys and values alone.
/// </summary>
/// <remarks>Source: Yang et al. 2024 (Qwen2), section 2.2.1.</remarks>
internal static class Qwen2Model
{
    /// <summary>The model of one rank, its weights not yet loaded.</summary>
    public static DecoderModel Build(ModelConfig config, LayerOps ops, RotaryEmbedding rotary)
    {
        var attention = new AttentionShape(
            config.HiddenSize, config.HeadCount, config.KvHeadCount, config.HeadDim,
            HasInputBias: true, HasOutputBias: false, QkNormEpsilon: null);
        return DenseDecoder.Build(config, ops, rotary, attention, hasMlpBias: false);
    }
}
