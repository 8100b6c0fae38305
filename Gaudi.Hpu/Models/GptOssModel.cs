using Gaudi.Hpu.Layers;
using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Hpu.Models;

/// <summary>
/// gpt-oss: attention with sinks and biases, every other layer windowed, and mixtures in each whose experts clamp what they
/// multiply; a token's experts are weighed by a softmax over those alone.
/// </summary>
/// <remarks>Source: OpenAI 2025 (gpt-oss model card), section 2; names as huggingface/transformers reads them.</remarks>
internal sealed class GptOssModel : ModelFamily
{
    private const double SwigluLimit = 7;

    /// <inheritdoc />
    public override string Architecture => "GptOssForCausalLM";

    /// <inheritdoc />
    public override FamilyDefaults Defaults { get; } = new()
    {
        MaxPositions = 131072, KvHeadCount = 8, HeadDim = 64, RmsNormEps = 1e-5, RopeTheta = 150_000, HasAttentionBias = true,
    };

    /// <inheritdoc />
    public override ModelConfig Complete(ModelConfig config, JsonFields fields)
    {
        if (fields.PositiveNumber("swiglu_limit") is { } limit and not SwigluLimit)
            fields.Problem("swiglu_limit", $"{SwigluLimit}, the only limit its experts are built with", $"{limit}");
        return config with
        {
            HasSinks = true,
            SlidingWindow = fields.Count("sliding_window") ?? 128,
            WindowedLayers = LayerWindows.OfTypes(config, fields)
                ?? [.. Enumerable.Range(0, config.LayerCount).Select(layer => layer % 2 == 0)],
            Moe = MoeConfig.Read(
                fields, "num_local_experts", config, config.IntermediateSize, renormalises: false, isSparse: _ => true),
        };
    }

    /// <inheritdoc />
    public override DecoderModel Build(ModelConfig config, LayerOps ops, int maxPositions)
    {
        var mixtures = new Mixtures(config, ops);
        return DenseDecoder.Build(
            config, ops, config.AttentionShape, DenseDecoder.RotaryOf(config, ops, maxPositions), layer =>
            {
                var prefix = $"model.layers.{layer}.mlp";
                return new MoeFeedForward(
                    mixtures.Gate($"{prefix}.router", hasBias: true), mixtures.RouterOfChosen(prefix),
                    mixtures.Experts(prefix, LayoutOf(config, prefix), MoeActivation.SwigluOai, hasBias: true));
            });
    }

    private static StackedLayout LayoutOf(ModelConfig config, string prefix) =>
        config.Quantization is { Method: ModelQuantization.Mxfp4 } packed && packed.Covers($"{prefix}.experts")
            ? StackedLayout.GptOssPacked
            : StackedLayout.GptOss;
}
