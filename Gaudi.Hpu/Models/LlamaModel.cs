using Gaudi.Hpu.Layers;
using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Hpu.Models;

/// <summary>
/// Llama 2 and 3: RMS norms before attention and feed-forward, rotary positions, grouped-query attention, SwiGLU, and
/// biases only where the configuration asks for them.
/// </summary>
/// <remarks>
/// Source: Touvron et al. 2023 (Llama 2), section 2.2; Grattafiori et al. 2024 (Llama 3), section 3.2.
/// </remarks>
internal static class LlamaModel
{
    /// <summary>The model of one rank, its weights not yet loaded.</summary>
    public static DecoderModel Build(ModelConfig config, LayerOps ops, RotaryEmbedding rotary)
    {
        var attention = new AttentionShape(
            config.HiddenSize, config.HeadCount, config.KvHeadCount, config.HeadDim,
            HasInputBias: config.AttentionBias, HasOutputBias: config.AttentionOutputBias, QkNormEpsilon: null);
        return DenseDecoder.Build(config, ops, rotary, attention, hasMlpBias: config.MlpBias);
    }
}
