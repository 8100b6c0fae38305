using Gaudi.Hpu.Layers;
using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Hpu.Models;

/// <summary>
/// Qwen 3, dense: Llama's layers, with an RMS norm of every query and key head before rotation.
/// </summary>
/// <remarks>Source: Yang et al. 2025 (Qwen3), section 2.</remarks>
internal static class Qwen3Model
{
    /// <summary>The model of one rank, its weights not yet loaded.</summary>
    public static DecoderModel Build(ModelConfig config, LayerOps ops, RotaryEmbedding rotary)
    {
        var attention = new AttentionShape(
            config.HiddenSize, config.HeadCount, config.KvHeadCount, config.HeadDim,
            HasInputBias: config.AttentionBias, HasOutputBias: config.AttentionOutputBias,
            QkNormEpsilon: config.RmsNormEps);
        return DenseDecoder.Build(config, ops, rotary, attention, hasMlpBias: config.MlpBias);
    }
}
