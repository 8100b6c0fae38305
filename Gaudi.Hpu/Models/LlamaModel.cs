using Gaudi.Hpu.Layers;

namespace Gaudi.Hpu.Models;

/// <summary>
/// Llama 2 and 3: RMS norms before attention and feed-forward, rotary positions, grouped-query attention, SwiGLU, and
/// biases only where the configuration asks for them.
/// </summary>
/// <remarks>
/// Source: Touvron et al. 2023 (Llama 2), section 2.2; Grattafiori et al. 2024 (Llama 3), section 3.2.
/// </remarks>
internal sealed class LlamaModel : ModelFamily
{
    /// <inheritdoc />
    public override string Architecture => "LlamaForCausalLM";

    /// <inheritdoc />
    public override FamilyDefaults Defaults { get; } = new() { MaxPositions = 2048, BosTokenId = 1, EosTokenId = 2 };

    /// <inheritdoc />
    public override ModelConfig Complete(ModelConfig config, JsonFields fields) =>
        config with { MlpBias = fields.Flag("mlp_bias") ?? false };

    /// <inheritdoc />
    public override DecoderModel Build(ModelConfig config, LayerOps ops, int maxPositions) =>
        DenseDecoder.Build(config, ops, maxPositions, config.AttentionShape);
}
