using Gaudi.Hpu.Layers;

namespace Gaudi.Hpu.Models;

/// <summary>Qwen 3 with mixtures: Qwen 3's attention, and experts alone.</summary>
/// <remarks>Source: Yang et al. 2025 (Qwen3), section 2.</remarks>
internal sealed class Qwen3MoeModel : ModelFamily
{
    /// <inheritdoc />
    public override string Architecture => "Qwen3MoeForCausalLM";

    /// <inheritdoc />
    public override FamilyDefaults Defaults { get; } = new() { KvHeadCount = 4 };

    /// <inheritdoc />
    public override ModelConfig Complete(ModelConfig config, JsonFields fields) =>
        LayerWindows.OfQwen(config, fields) with { HasQkNorm = true, Moe = QwenMoe.Read(config, fields) };

    /// <inheritdoc />
    public override DecoderModel Build(ModelConfig config, LayerOps ops, int maxPositions) =>
        QwenMoe.Build(config, ops, maxPositions);
}
