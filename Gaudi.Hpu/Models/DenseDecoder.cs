using Gaudi.Hpu.Layers;
using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Hpu.Models;

/// <summary>
/// The skeleton the dense families share, under the names Hugging Face gives its parts: embedding; in every layer a
/// norm, attention, a norm and a gated feed-forward part; a last norm; the head.
/// </summary>
internal static class DenseDecoder
{
    /// <summary>The model of one rank, its weights not yet loaded.</summary>
    /// <param name="config">Sizes.</param>
    /// <param name="ops">Builds the ops.</param>
    /// <param name="rotary">Shared by all layers.</param>
    /// <param name="attention">What the family's attention has.</param>
    /// <param name="hasMlpBias">Whether the feed-forward part has biases.</param>
    public static DecoderModel Build(
        ModelConfig config, LayerOps ops, RotaryEmbedding rotary, AttentionShape attention, bool hasMlpBias)
    {
        var embedding = ops.Embedding("model.embed_tokens", config.VocabularySize, config.HiddenSize);
        return new DecoderModel(
            embedding,
            [.. Enumerable.Range(0, config.LayerCount).Select(Layer)],
            ops.Norm("model.norm", config.HiddenSize, config.RmsNormEps),
            ops.Head("lm_head", embedding, config.TieWordEmbeddings));

        DecoderLayer Layer(int index)
        {
            var prefix = $"model.layers.{index}";
            return new DecoderLayer(
                ops.Norm($"{prefix}.input_layernorm", config.HiddenSize, config.RmsNormEps),
                new SelfAttention(
                    ops, $"{prefix}.self_attn", attention with { WindowTokens = config.WindowTokensOf(index) }, rotary),
                ops.Norm($"{prefix}.post_attention_layernorm", config.HiddenSize, config.RmsNormEps),
                new GatedMlp(ops, $"{prefix}.mlp", config.HiddenSize, config.IntermediateSize, hasMlpBias));
        }
    }
}
