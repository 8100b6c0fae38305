using Gaudi.Hpu.Layers;

namespace Gaudi.Hpu.Models;

/// <summary>
/// Gemma 3, text alone: Gemma 2 without caps, with norms of queries and keys, five windowed layers before each that sees
/// all, and a smaller rotary base in the windowed ones.
/// </summary>
/// <remarks>Source: Gemma Team 2025 (Gemma 3), section 2.</remarks>
internal sealed class Gemma3TextModel : ModelFamily
{
    private const string FullRope = "full_attention";
    private const string WindowedRope = "sliding_attention";

    /// <inheritdoc />
    public override string Architecture => "Gemma3ForCausalLM";

    /// <inheritdoc />
    public override FamilyDefaults Defaults { get; } = GemmaDecoder.Defaults with
    {
        MaxPositions = 131072, IncludesScaling = true, KvHeadCount = 4, RopeTheta = 1_000_000,
    };

    /// <inheritdoc />
    public override JsonFields? RopeParameters(JsonFields fields) => fields.Object("rope_parameters")?.Object(FullRope);

    /// <inheritdoc />
    public override ModelConfig Complete(ModelConfig config, JsonFields fields)
    {
        var pattern = fields.Count("sliding_window_pattern") ?? 6;
        var common = GemmaDecoder.Complete(
            config, fields, windowTokens: 4096, isWindowed: layer => (layer + 1) % pattern != 0);
        var windowedTheta = fields.Object("rope_parameters")?.Object(WindowedRope)?.PositiveNumber("rope_theta");
        return common with
        {
            HasQkNorm = true,
            WindowedRopeTheta = windowedTheta ?? fields.PositiveNumber("rope_local_base_freq") ?? 10000,
        };
    }

    /// <inheritdoc />
    public override DecoderModel Build(ModelConfig config, LayerOps ops, int maxPositions)
    {
        var full = RotaryChoice.Build(config, ops, maxPositions);
        var windowed = RotaryChoice.Build(
            config with { RopeTheta = config.WindowedRopeTheta!.Value, RopeScaling = null }, ops, maxPositions);
        return GemmaDecoder.Build(config, ops, layer => config.WindowTokensOf(layer) is null ? full : windowed);
    }
}
