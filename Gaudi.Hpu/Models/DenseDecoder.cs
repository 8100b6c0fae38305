using Gaudi.Hpu.Layers;
using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Hpu.Models;

/// <summary>
/// The skeleton that most families share, under the names Hugging Face gives its parts: embedding; in every layer a
/// norm, attention, a norm and a feed-forward part; a last norm; the head.
/// </summary>
internal static class DenseDecoder
{
    /// <summary>The model of one rank, its weights not yet loaded, with gated feed-forward parts and one rotary embedding.</summary>
    /// <param name="config">Sizes.</param>
    /// <param name="ops">Builds the ops.</param>
    /// <param name="maxPositions">Positions the rotary table serves.</param>
    /// <param name="attention">What the family's attention has.</param>
    public static DecoderModel Build(ModelConfig config, LayerOps ops, int maxPositions, AttentionShape attention) =>
        Build(
            config, ops, attention, RotaryOf(config, ops, maxPositions),
            index => new GatedMlp(
                ops, $"model.layers.{index}.mlp", config.HiddenSize, config.IntermediateSize, config.MlpBias));

    /// <summary>The model of one rank, its weights not yet loaded, with attention over plain heads.</summary>
    /// <param name="config">Sizes.</param>
    /// <param name="ops">Builds the ops.</param>
    /// <param name="attention">What the family's attention has.</param>
    /// <param name="rotary">The embedding of a layer; most families share one.</param>
    /// <param name="feedForward">The part of a layer, by its index.</param>
    public static DecoderModel Build(
        ModelConfig config, LayerOps ops, AttentionShape attention, Func<int, RotaryEmbedding> rotary,
        Func<int, IFeedForward> feedForward) => Build(
        config, ops,
        index => new SelfAttention(
            ops, $"model.layers.{index}.self_attn", attention with { WindowTokens = config.WindowTokensOf(index) }, rotary(index)),
        feedForward);

    /// <summary>The model of one rank, its weights not yet loaded.</summary>
    /// <param name="config">Sizes.</param>
    /// <param name="ops">Builds the ops.</param>
    /// <param name="mixer">The part of a layer in which rows see earlier ones, by its index.</param>
    /// <param name="feedForward">The part in which they do not.</param>
    public static DecoderModel Build(
        ModelConfig config, LayerOps ops, Func<int, ISequenceMixer> mixer, Func<int, IFeedForward> feedForward)
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
                mixer(index),
                ops.Norm($"{prefix}.post_attention_layernorm", config.HiddenSize, config.RmsNormEps),
                feedForward(index));
        }
    }

    /// <summary>One rotary embedding for all layers.</summary>
    public static Func<int, RotaryEmbedding> RotaryOf(ModelConfig config, LayerOps ops, int maxPositions)
    {
        var rotary = RotaryChoice.Build(config, ops, maxPositions);
        return _ => rotary;
    }
}
