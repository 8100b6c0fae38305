using Gaudi.Hpu.Layers;

namespace Gaudi.Hpu.Models;

/// <summary>
/// Gemma 2: norms before and behind each part, scores and logits softly capped, every other layer windowed from the first on.
/// </summary>
/// <remarks>Source: Gemma Team 2024 (Gemma 2), section 2.</remarks>
internal sealed class Gemma2Model : ModelFamily
{
    /// <inheritdoc />
    public override string Architecture => "Gemma2ForCausalLM";

    /// <inheritdoc />
    public override FamilyDefaults Defaults { get; } = GemmaDecoder.Defaults with { MaxPositions = 8192, KvHeadCount = 4 };

    /// <inheritdoc />
    public override ModelConfig Complete(ModelConfig config, JsonFields fields) =>
        GemmaDecoder.Complete(config, fields, windowTokens: 4096, isWindowed: layer => layer % 2 == 0);

    /// <inheritdoc />
    public override DecoderModel Build(ModelConfig config, LayerOps ops, int maxPositions) =>
        GemmaDecoder.Build(config, ops, DenseDecoder.RotaryOf(config, ops, maxPositions));
}
