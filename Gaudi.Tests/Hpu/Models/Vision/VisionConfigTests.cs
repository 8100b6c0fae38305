using Gaudi.Hpu.Models;
using Gaudi.Hpu.Models.Vision;
using Xunit;

namespace Gaudi.Tests.Hpu.Models.Vision;

public sealed class VisionConfigTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gaudi-vision-config-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_published_section_is_read()
    {
        // As in Qwen/Qwen2-VL-2B-Instruct.
        var config = Read("""
            {"hidden_size": 1536, "vision_config": {"depth": 32, "embed_dim": 1280, "mlp_ratio": 4, "num_heads": 16, "in_chans": 3,
             "hidden_size": 1536, "patch_size": 14, "spatial_merge_size": 2, "spatial_patch_size": 14, "temporal_patch_size": 2}}
            """);
        Assert.Equal(new VisionConfig(32, 1280, 1536, 16, 5120, 14, 2, 2, 3), config);
        Assert.Equal((80, 1176), (config!.HeadDim, config.PatchValueCount));
    }

    [Fact]
    public void What_is_absent_has_hugging_faces_default() =>
        Assert.Equal(new VisionConfig(32, 1280, 3584, 16, 5120, 14, 2, 2, 3), Read("""{"vision_config": {}}"""));

    [Fact]
    public void A_model_without_the_section_sees_no_images() => Assert.Null(Read("""{"hidden_size": 8}"""));

    [Theory]
    [InlineData("""{"depth": 0}""", "'vision_config.depth': expected a whole number of at least 1, came 0")]
    [InlineData("""{"num_heads": 3}""", "'vision_config.num_heads': expected heads that split embed_dim (1280)")]
    [InlineData("""{"embed_dim": 12, "num_heads": 2}""", "'vision_config.num_heads': expected heads that split embed_dim (12)")]
    [InlineData("""{"in_chans": 4}""", "'vision_config.in_channels': expected 3 (red, green, blue), came 4")]
    [InlineData("""{"hidden_act": "silu"}""", "'vision_config.hidden_act': expected quick_gelu")]
    [InlineData("""{"hidden_size": 9}""", "'vision_config.hidden_size': expected the language model's hidden_size (3584), came 9")]
    [InlineData("""{"mlp_ratio": -1}""", "'vision_config.mlp_ratio': expected a number over 0, came -1")]
    [InlineData("""7""", "'vision_config': expected an object, came 7")]
    public void What_is_wrong_is_named(string section, string expected)
    {
        var error = Assert.Throws<CheckpointException>(
            () => Read($$"""{"hidden_size": 3584, "vision_config": {{section}}}"""));
        Assert.Contains(expected, error.Message);
    }

    [Fact]
    public void All_problems_are_named_at_once()
    {
        var error = Assert.Throws<CheckpointException>(() => Read("""{"vision_config": {"depth": "x", "patch_size": 0}}"""));
        Assert.Contains("vision_config.depth", error.Message);
        Assert.Contains("vision_config.patch_size", error.Message);
    }

    private VisionConfig? Read(string json)
    {
        File.WriteAllText(Path.Combine(_folder, "config.json"), json);
        var fields = JsonFields.Open(Path.Combine(_folder, "config.json"));
        var config = VisionConfig.Read(fields);
        fields.ThrowIfProblems(other: null);
        return config;
    }
}
