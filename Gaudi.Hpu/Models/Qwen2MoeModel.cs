using Gaudi.Hpu.Layers;

namespace Gaudi.Hpu.Models;

/// <summary>Qwen 1.5 and 2 with mixtures: Qwen 2's attention, small experts, and one that every token passes, weighed by a gate.</summary>
/// <remarks>Source: Yang et al. 2024 (Qwen2), section 2.2.2.</remarks>
internal sealed class Qwen2MoeModel : ModelFamily
{
    /// <inheritdoc />
    public override string Architecture => "Qwen2MoeForCausalLM";

    /// <inheritdoc />
    public override FamilyDefaults Defaults { get; } = new() { KvHeadCount = 16 };

    /// <inheritdoc />
    public override ModelConfig Complete(ModelConfig config, JsonFields fields) => LayerWindows.OfQwen(config, fields) with
    {
        AttentionBias = fields.Flag("qkv_bias") ?? true,
        AttentionOutputBias = false,
        Moe = QwenMoe.Read(config, fields) with
        {
            SharedIntermediateSize = fields.CountOrZero("shared_expert_intermediate_size") ?? 0,
        },
    };

    /// <inheritdoc />
    public override DecoderModel Build(ModelConfig config, LayerOps ops, int maxPositions) =>
        QwenMoe.Build(config, ops, maxPositions);
}
