using Gaudi.Hpu.Layers;

namespace Gaudi.Hpu.Models;

/// <summary>
/// Qwen 2 and 2.5, dense: Llama's layers, with a bias on queries, keys and values alone.
/// </summary>
/// <remarks>Source: Yang et al. 2024 (Qwen2), section 2.2.1.</remarks>
internal sealed class Qwen2Model : ModelFamily
{
    /// <inheritdoc />
    public override string Architecture => "Qwen2ForCausalLM";

    /// <inheritdoc />
    public override FamilyDefaults Defaults { get; } = new() { KvHeadCount = 32 };

    /// <inheritdoc />
    public override ModelConfig Complete(ModelConfig config, JsonFields fields) =>
        LayerWindows.OfQwen(config, fields) with { AttentionBias = true, AttentionOutputBias = false };

    /// <inheritdoc />
    public override DecoderModel Build(ModelConfig config, LayerOps ops, int maxPositions) =>
        DenseDecoder.Build(config, ops, maxPositions, config.AttentionShape);
}
