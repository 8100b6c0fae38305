using Gaudi.Hpu.Layers;

namespace Gaudi.Hpu.Models;

/// <summary>
/// Qwen 3, dense: Llama's layers, with an RMS norm of every query and key head before rotation.
/// </summary>
/// <remarks>Source: Yang et al. 2025 (Qwen3), section 2.</remarks>
internal sealed class Qwen3Model : ModelFamily
{
    /// <inheritdoc />
    public override string Architecture => "Qwen3ForCausalLM";

    /// <inheritdoc />
    public override FamilyDefaults Defaults { get; } = new() { KvHeadCount = 32, HeadDim = 128 };

    /// <inheritdoc />
    public override ModelConfig Complete(ModelConfig config, JsonFields fields) =>
        LayerWindows.OfQwen(config, fields) with { HasQkNorm = true };

    /// <inheritdoc />
    public override DecoderModel Build(ModelConfig config, LayerOps ops, int maxPositions) =>
        DenseDecoder.Build(config, ops, maxPositions, config.AttentionShape);
}
