using System.Collections.Immutable;
using Gaudi.Hpu.Layers;
using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Hpu.Models;

/// <summary>What Qwen's two families with mixtures have in common.</summary>
internal static class QwenMoe
{
    /// <summary>Reads the mixture: every `decoder_sparse_step`-th layer has one, but those of `mlp_only_layers`.</summary>
    public static MoeConfig Read(ModelConfig config, JsonFields fields)
    {
        var step = fields.Count("decoder_sparse_step") ?? 1;
        var dense = fields.TokenIds("mlp_only_layers") ?? [];
        return MoeConfig.Read(
            fields, "num_experts", config, fields.RequiredCount("moe_intermediate_size"),
            fields.Flag("norm_topk_prob") ?? false, layer => !dense.Contains(layer) && (layer + 1) % step == 0);
    }

    /// <summary>The model of one rank, its weights not yet loaded.</summary>
    public static DecoderModel Build(ModelConfig config, LayerOps ops, int maxPositions)
    {
        var mixtures = new Mixtures(config, ops);
        return DenseDecoder.Build(
            config, ops, config.AttentionShape, DenseDecoder.RotaryOf(config, ops, maxPositions), layer =>
            {
                var prefix = $"model.layers.{layer}.mlp";
                return config.Moe!.SparseLayers[layer] ? Mixture(config, ops, mixtures, prefix) : mixtures.Dense(prefix);
            });
    }

    private static MoeFeedForward Mixture(ModelConfig config, LayerOps ops, Mixtures mixtures, string prefix)
    {
        var hasShared = config.Moe!.SharedIntermediateSize > 0;
        return new MoeFeedForward(
            mixtures.Gate($"{prefix}.gate"), mixtures.Router(prefix), mixtures.Experts(prefix, PerExpertLayout.Projections),
            hasShared ? mixtures.Shared($"{prefix}.shared_expert") : null,
            hasShared ? ops.Replicated($"{prefix}.shared_expert_gate", config.HiddenSize, 1, hasBias: false) : null);
    }
}
