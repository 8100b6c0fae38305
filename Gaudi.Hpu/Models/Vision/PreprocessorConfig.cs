using System.Collections.Immutable;

namespace Gaudi.Hpu.Models.Vision;

/// <summary>What preprocessor_config.json says of the way from pixels to patches, with Hugging Face's defaults.</summary>
/// <param name="PatchSizePixels">`patch_size`.</param>
/// <param name="PatchFrameCount">`temporal_patch_size`: a still image is repeated that often.</param>
/// <param name="MergeSize">`merge_size`: patches along a merged square's side.</param>
/// <param name="PixelsMin">`min_pixels`: a smaller image is enlarged.</param>
/// <param name="PixelsMax">`max_pixels`: a larger image is shrunk.</param>
/// <param name="Scale">`rescale_factor`: multiplies the values 0 .. 255.</param>
/// <param name="Mean">`image_mean`, [3]: subtracted after that.</param>
/// <param name="Deviation">`image_std`, [3]: divides last.</param>
public sealed record PreprocessorConfig(
    int PatchSizePixels, int PatchFrameCount, int MergeSize, int PixelsMin, int PixelsMax, double Scale,
    ImmutableArray<double> Mean, ImmutableArray<double> Deviation)
{
    // Three colours and two frames of so many float32 values still fit into one array.
    private const int PixelsCeiling = 100_000_000;

    /// <summary>Both sides of a resized image are multiples of it.</summary>
    public int SideFactorPixels => PatchSizePixels * MergeSize;

    /// <summary>Reads the model folder's preprocessor_config.json; without the file all is default.</summary>
    /// <param name="modelFolder">A Hugging Face model folder.</param>
    /// <param name="vision">The tower the patches are for: its sizes are the defaults, and must be the file's.</param>
    /// <exception cref="CheckpointException">A field is wrong, or asks for what is not done here; all are named.</exception>
    public static PreprocessorConfig Read(string modelFolder, VisionConfig vision)
    {
        var path = Path.Combine(modelFolder, "preprocessor_config.json");
        if (!File.Exists(path))
            return Default(vision);
        var fields = JsonFields.Open(path);
        var config = Read(fields, Default(vision));
        Check(fields, config, vision);
        fields.ThrowIfProblems(other: null);
        return config;
    }

    /// <summary>What holds where the file says nothing.</summary>
    /// <remarks>
    /// Source: huggingface/transformers, image_processing_qwen2_vl.py and OPENAI_CLIP_MEAN, OPENAI_CLIP_STD (read 2026-11).
    /// </remarks>
    public static PreprocessorConfig Default(VisionConfig vision) => new(
        vision.PatchSizePixels, vision.PatchFrameCount, vision.MergeSize, 56 * 56, 28 * 28 * 1280, 1 / 255.0,
        [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]);

    // Newer files have the pixels in `size` as `shortest_edge` and `longest_edge`; the old names come first.
    private static PreprocessorConfig Read(JsonFields fields, PreprocessorConfig absent)
    {
        var size = fields.Object("size");
        return new PreprocessorConfig(
            fields.Count("patch_size") ?? absent.PatchSizePixels,
            fields.Count("temporal_patch_size") ?? absent.PatchFrameCount,
            fields.Count("merge_size") ?? absent.MergeSize,
            fields.Count("min_pixels") ?? size?.Count("shortest_edge") ?? size?.Count("min_pixels") ?? absent.PixelsMin,
            fields.Count("max_pixels") ?? size?.Count("longest_edge") ?? size?.Count("max_pixels") ?? absent.PixelsMax,
            fields.PositiveNumber("rescale_factor") ?? absent.Scale,
            fields.Numbers("image_mean", 3) ?? absent.Mean,
            fields.Numbers("image_std", 3) ?? absent.Deviation);
    }

    private static void Check(JsonFields fields, PreprocessorConfig config, VisionConfig vision)
    {
        MustBe("patch_size", config.PatchSizePixels, vision.PatchSizePixels, "vision_config.patch_size");
        MustBe("temporal_patch_size", config.PatchFrameCount, vision.PatchFrameCount, "vision_config.temporal_patch_size");
        MustBe("merge_size", config.MergeSize, vision.MergeSize, "vision_config.spatial_merge_size");
        if (config.PixelsMin > config.PixelsMax)
            fields.Problem("min_pixels", $"at most max_pixels ({config.PixelsMax})", $"{config.PixelsMin}");
        if (config.PixelsMax > PixelsCeiling)
            fields.Problem("max_pixels", $"at most {PixelsCeiling}", $"{config.PixelsMax}");
        // With less, no whole square fits into the limit.
        if (config.PixelsMax < (long)config.SideFactorPixels * config.SideFactorPixels)
            fields.Problem("max_pixels", $"room for a square of {config.SideFactorPixels} pixels", $"{config.PixelsMax}");
        if (config.Deviation.Any(one => one <= 0))
            fields.Problem("image_std", "numbers over 0", string.Join(", ", config.Deviation));
        if (fields.CountOrZero("resample") is { } filter and not 3)
            fields.Problem("resample", "3 (bicubic), the only filter there is here", $"{filter}");
        foreach (var step in new[] { "do_resize", "do_rescale", "do_normalize", "do_convert_rgb" })
        {
            if (fields.Flag(step) is false)
                fields.Problem(step, "true: no step is left out here", "false");
        }

        void MustBe(string name, int came, int expected, string where)
        {
            if (came != expected)
                fields.Problem(name, $"config.json's {where} ({expected})", $"{came}");
        }
    }
}
