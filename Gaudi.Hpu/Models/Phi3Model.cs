using Gaudi.Hpu.Layers;

namespace Gaudi.Hpu.Models;

/// <summary>
/// Phi 3, 3.5 and 4 mini: Llama's layers with queries, keys and values in one tensor, gate and up in another, perhaps a window,
/// and LongRoPE for long contexts, over a part of each head in the last.
/// </summary>
/// <remarks>Source: Abdin et al. 2024 (Phi-3), section 2; names as huggingface/transformers reads them.</remarks>
internal sealed class Phi3Model : ModelFamily
{
    /// <inheritdoc />
    public override string Architecture => "Phi3ForCausalLM";

    /// <inheritdoc />
    public override FamilyDefaults Defaults { get; } = new()
    {
        MaxPositions = 4096, RmsNormEps = 1e-5, BosTokenId = 1, EosTokenId = 32000,
    };

    /// <inheritdoc />
    public override ModelConfig Complete(ModelConfig config, JsonFields fields) =>
        LayerWindows.OfAll(config, fields) with { AttentionBias = false, AttentionOutputBias = false };

    /// <inheritdoc />
    public override DecoderModel Build(ModelConfig config, LayerOps ops, int maxPositions) => DenseDecoder.Build(
        config, ops, config.AttentionShape with { IsQkvFused = true }, DenseDecoder.RotaryOf(config, ops, maxPositions), layer =>
        {
            var prefix = $"model.layers.{layer}.mlp";
            return GatedMlp.Stacked(
                ops, prefix, config.HiddenSize, config.IntermediateSize, $"{prefix}.gate_up_proj", $"{prefix}.down_proj");
        });
}
