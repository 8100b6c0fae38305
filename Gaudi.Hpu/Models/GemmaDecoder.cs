using Gaudi.Hpu.Layers;
using Gaudi.Hpu.Ops.InTree;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Models;

/// <summary>
/// The skeleton of Gemma 2 and 3: embeddings times the root of their width; in every layer a norm before and behind both
/// attention and feed-forward, all of them of the kind 1 + weight; a feed-forward part gated by gelu.
/// </summary>
internal static class GemmaDecoder
{
    /// <summary>What both families' config.json leaves out.</summary>
    public static FamilyDefaults Defaults { get; } = new()
    {
        HeadDim = 256, TiesWordEmbeddings = true, BosTokenId = 2, EosTokenId = 1,
        ActivationFields = ["hidden_activation", "hidden_act"], Activations = ["gelu_pytorch_tanh"],
    };

    /// <summary>What both families' config.json adds.</summary>
    /// <param name="config">So far.</param>
    /// <param name="fields">Of config.json.</param>
    /// <param name="windowTokens">Positions a windowed layer sees where nothing is said.</param>
    /// <param name="isWindowed">Whether a layer is windowed where nothing is said.</param>
    public static ModelConfig Complete(ModelConfig config, JsonFields fields, int windowTokens, Func<int, bool> isWindowed) =>
        config with
        {
            Gate = Gate.GeluTanh,
            AttentionScale = 1 / Math.Sqrt(fields.PositiveNumber("query_pre_attn_scalar") ?? 256),
            AttentionSoftCap = fields.PositiveNumber("attn_logit_softcapping"),
            LogitSoftCap = fields.PositiveNumber("final_logit_softcapping"),
            SlidingWindow = fields.Count("sliding_window") ?? windowTokens,
            WindowedLayers = LayerWindows.OfTypes(config, fields)
                ?? [.. Enumerable.Range(0, config.LayerCount).Select(isWindowed)],
        };

    // The factor is a value of the activations' type, as in training.
    private static double Rounded(double value, ScalarType dtype)
    {
        using var rounded = tensor(value).to_type(dtype);
        using var wide = rounded.to_type(ScalarType.Float64);
        return wide.item<double>();
    }

    /// <summary>The model of one rank, its weights not yet loaded.</summary>
    /// <param name="config">Sizes.</param>
    /// <param name="ops">Builds the ops.</param>
    /// <param name="rotary">The embedding of a layer.</param>
    public static DecoderModel Build(ModelConfig config, LayerOps ops, Func<int, RotaryEmbedding> rotary)
    {
        var attention = config.AttentionShape with { QkNormKind = NormKind.OnePlus };
        var embedding = ops.Embedding("model.embed_tokens", config.VocabularySize, config.HiddenSize);
        return new DecoderModel(
            embedding,
            [.. Enumerable.Range(0, config.LayerCount).Select(Layer)],
            Norm("model.norm"),
            ops.Head("lm_head", embedding, config.TieWordEmbeddings))
        {
            Scales = new ModelScales { Embedding = Rounded(Math.Sqrt(config.HiddenSize), ops.Dtype), LogitSoftCap = config.LogitSoftCap },
        };

        DecoderLayer Layer(int index)
        {
            var prefix = $"model.layers.{index}";
            return new DecoderLayer(
                Norm($"{prefix}.input_layernorm"),
                new SelfAttention(
                    ops, $"{prefix}.self_attn", attention with { WindowTokens = config.WindowTokensOf(index) }, rotary(index)),
                Norm($"{prefix}.pre_feedforward_layernorm"),
                new GatedMlp(ops, $"{prefix}.mlp", config.HiddenSize, config.IntermediateSize, hasBias: false, config.Gate))
            {
                MixedNorm = Norm($"{prefix}.post_attention_layernorm"),
                AdditionNorm = Norm($"{prefix}.post_feedforward_layernorm"),
            };
        }

        RmsNorm Norm(string prefix) => ops.Norm(prefix, config.HiddenSize, config.RmsNormEps, NormKind.OnePlus);
    }
}
