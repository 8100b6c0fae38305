namespace Gaudi.Hpu.Models.Vision;

/// <summary>What config.json's `vision_config` says of a Qwen2-VL vision tower, with Hugging Face's defaults filled in.</summary>
/// <param name="BlockCount">`depth`.</param>
/// <param name="EmbeddingSize">`embed_dim`: the width of a patch.</param>
/// <param name="HiddenSize">`hidden_size`: the width of the language model.</param>
/// <param name="HeadCount">`num_heads`; divides the width into heads of a multiple of 4.</param>
/// <param name="MlpSize">`embed_dim` times `mlp_ratio`, rounded down.</param>
/// <param name="PatchSizePixels">`patch_size`.</param>
/// <param name="MergeSize">`spatial_merge_size`: patches along a merged square's side.</param>
/// <param name="PatchFrameCount">`temporal_patch_size`: frames of a patch.</param>
/// <param name="ChannelCount">`in_channels`, in the published files `in_chans`.</param>
public sealed record VisionConfig(
    int BlockCount, int EmbeddingSize, int HiddenSize, int HeadCount, int MlpSize, int PatchSizePixels, int MergeSize,
    int PatchFrameCount, int ChannelCount)
{
    /// <summary>Dimensions of a head.</summary>
    public int HeadDim => EmbeddingSize / HeadCount;

    /// <summary>Values of a patch.</summary>
    public int PatchValueCount => ChannelCount * PatchFrameCount * PatchSizePixels * PatchSizePixels;

    /// <summary>Reads the section; what is wrong is noted in the fields.</summary>
    /// <remarks>
    /// Defaults: huggingface/transformers, configuration_qwen2_vl.py, class Qwen2VLVisionConfig (read 2026-11).
    /// </remarks>
    internal static VisionConfig? Read(JsonFields fields)
    {
        if (fields.Object("vision_config") is not { } vision)
            return null;
        var embeddingSize = vision.Count("embed_dim") ?? 1280;
        var mlpSize = embeddingSize * (vision.PositiveNumber("mlp_ratio") ?? 4);
        var config = new VisionConfig(
            vision.Count("depth") ?? 32,
            embeddingSize,
            vision.Count("hidden_size") ?? 3584,
            vision.Count("num_heads") ?? 16,
            (int)Math.Clamp(mlpSize, 1, int.MaxValue),
            vision.Count("patch_size") ?? 14,
            vision.Count("spatial_merge_size") ?? 2,
            vision.Count("temporal_patch_size") ?? 2,
            vision.Count("in_channels") ?? vision.Count("in_chans") ?? 3);
        Check(config, vision, fields);
        return config;
    }

    private static void Check(VisionConfig config, JsonFields vision, JsonFields fields)
    {
        if (config.EmbeddingSize % config.HeadCount != 0 || config.HeadDim % 4 != 0)
        {
            vision.Problem(
                "num_heads", $"heads that split embed_dim ({config.EmbeddingSize}) into multiples of 4 (pairs of rows and columns)",
                $"{config.HeadCount}");
        }
        if (config.ChannelCount != 3)
            vision.Problem("in_channels", "3 (red, green, blue)", $"{config.ChannelCount}");
        if (vision.Text("hidden_act") is { } activation and not "quick_gelu")
            vision.Problem("hidden_act", "quick_gelu, the only activation this tower is built with", $"'{activation}'");
        var textSize = fields.Object("text_config")?.Count("hidden_size") ?? fields.Count("hidden_size");
        if (textSize is { } size && size != config.HiddenSize)
            vision.Problem("hidden_size", $"the language model's hidden_size ({size})", $"{config.HiddenSize}");
    }
}
