using Gaudi.Hpu.Models;
using Gaudi.Hpu.Models.Vision;
using Xunit;

namespace Gaudi.Tests.Hpu.Models.Vision;

public sealed class PreprocessorConfigTests : IDisposable
{
    private static readonly VisionConfig Vision = new(32, 1280, 1536, 16, 5120, 14, 2, 2, 3);
    private readonly string _folder = Directory.CreateTempSubdirectory("gaudi-preprocessor-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_published_file_is_read()
    {
        // As in Qwen/Qwen2-VL-2B-Instruct.
        var config = Read("""
            {"min_pixels": 3136, "max_pixels": 12845056, "patch_size": 14, "temporal_patch_size": 2, "merge_size": 2,
             "image_mean": [0.48145466, 0.4578275, 0.40821073], "image_std": [0.26862954, 0.26130258, 0.27577711],
             "image_processor_type": "Qwen2VLImageProcessor", "processor_class": "Qwen2VLProcessor"}
            """);
        Assert.Equal((14, 2, 2, 3136, 12845056), (
            config.PatchSizePixels, config.PatchFrameCount, config.MergeSize, config.PixelsMin, config.PixelsMax));
        Assert.Equal(28, config.SideFactorPixels);
        Assert.Equal([0.48145466, 0.4578275, 0.40821073], config.Mean.ToArray());
        Assert.Equal([0.26862954, 0.26130258, 0.27577711], config.Deviation.ToArray());
        Assert.Equal(1 / 255.0, config.Scale);
    }

    [Fact]
    public void Without_the_file_or_its_fields_the_published_defaults_hold()
    {
        Assert.Equal((3136, 1003520), (
            PreprocessorConfig.Read(_folder, Vision).PixelsMin, PreprocessorConfig.Read(_folder, Vision).PixelsMax));
        Assert.Equal((3136, 1003520, 1 / 255.0), (Read("{}").PixelsMin, Read("{}").PixelsMax, Read("{}").Scale));
    }

    [Fact]
    public void Pixels_may_be_sizes_edges_and_the_old_names_come_first()
    {
        var edges = """ "size": {"shortest_edge": 4000, "longest_edge": 50000} """;
        Assert.Equal((4000, 50000), (Read($"{{{edges}}}").PixelsMin, Read($"{{{edges}}}").PixelsMax));
        Assert.Equal(60000, Read($$"""{"max_pixels": 60000, {{edges}}}""").PixelsMax);
    }

    [Theory]
    [InlineData("""{"patch_size": 16}""", "'patch_size': expected config.json's vision_config.patch_size (14), came 16")]
    [InlineData("""{"merge_size": 4}""", "'merge_size': expected config.json's vision_config.spatial_merge_size (2), came 4")]
    [InlineData("""{"temporal_patch_size": 1}""", "'temporal_patch_size': expected config.json's")]
    [InlineData("""{"image_mean": [1, 2]}""", "'image_mean': expected a list of 3 numbers, came [1, 2]")]
    [InlineData("""{"image_mean": 0.5}""", "'image_mean': expected a list of 3 numbers, came 0.5")]
    [InlineData("""{"image_std": [1, 0, 1]}""", "'image_std': expected numbers over 0, came 1, 0, 1")]
    [InlineData("""{"min_pixels": 5000, "max_pixels": 4000}""", "'min_pixels': expected at most max_pixels (4000), came 5000")]
    [InlineData("""{"min_pixels": 1, "max_pixels": 700}""", "'max_pixels': expected room for a square of 28 pixels, came 700")]
    [InlineData("""{"max_pixels": 200000000}""", "'max_pixels': expected at most 100000000, came 200000000")]
    [InlineData("""{"resample": 2}""", "'resample': expected 3 (bicubic), the only filter there is here, came 2")]
    [InlineData("""{"do_resize": false}""", "'do_resize': expected true: no step is left out here, came false")]
    [InlineData("""{"do_normalize": false}""", "'do_normalize': expected true")]
    [InlineData("""{"rescale_factor": 0}""", "'rescale_factor': expected a number over 0, came 0")]
    [InlineData("""{"size": {"longest_edge": "x"}}""", "'size.longest_edge': expected a whole number")]
    public void What_is_wrong_is_named(string json, string expected) =>
        Assert.Contains(expected, Assert.Throws<CheckpointException>(() => Read(json)).Message);

    private PreprocessorConfig Read(string json)
    {
        File.WriteAllText(Path.Combine(_folder, "preprocessor_config.json"), json);
        return PreprocessorConfig.Read(_folder, Vision);
    }
}
