using Gaudi.Hpu.Layers;
using Gaudi.Hpu.Models.Vision;

namespace Gaudi.Hpu.Models;

/// <summary>
/// Qwen2-VL: Qwen 2's layers, rotated on three axes, behind a vision tower whose rows stand in for the tokens of images.
/// </summary>
/// <remarks>Source: Wang et al. 2024 (Qwen2-VL), section 2.</remarks>
internal sealed class Qwen2VlModel : ModelFamily
{
    private const int ImageToken = 151655;

    /// <inheritdoc />
    public override string Architecture => "Qwen2VLForConditionalGeneration";

    /// <inheritdoc />
    public override FamilyDefaults Defaults { get; } = new() { KvHeadCount = 8, RmsNormEps = 1e-5 };

    /// <inheritdoc />
    public override ModelConfig Complete(ModelConfig config, JsonFields fields)
    {
        var vision = VisionConfig.Read(fields);
        if (vision is null)
            fields.Problem("vision_config", "an object with the sizes of the vision tower", "nothing");
        return LayerWindows.OfQwen(config, fields) with
        {
            AttentionBias = true,
            AttentionOutputBias = false,
            Vision = vision,
            ImageTokenId = fields.CountOrZero("image_token_id") ?? ImageToken,
        };
    }

    /// <inheritdoc />
    public override DecoderModel Build(ModelConfig config, LayerOps ops, int maxPositions)
    {
        var tower = Qwen2VisionTower.Build(config.Vision!, ops);
        return DenseDecoder.Build(config, ops, maxPositions, config.AttentionShape)
            .WithImages(new Qwen2ImageEncoder(tower, config.Preprocessor!));
    }
}
