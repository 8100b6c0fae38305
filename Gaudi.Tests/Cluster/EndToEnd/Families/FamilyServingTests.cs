using Gaudi.Tests.Hpu.Models.Families;
using Xunit;

namespace Gaudi.Tests.Cluster.EndToEnd.Families;

/// <summary>A tiny checkpoint of each family, served over two worker processes, says what one rank in this process says.</summary>
[Collection(ProcessTests.Name)]
public sealed class FamilyServingTests
{
    private const string Norms = "hpu_layernorm";
    private const string Rotary = "hpu_rotary_embedding";
    private const string Moe = "hpu_fused_moe";
    private const string Mamba = "hpu_mamba_mixer2";

    [Theory]
    [InlineData("Gemma2ForCausalLM", 11)]
    [InlineData("Gemma3ForCausalLM", 12)]
    public async Task Gemma(string architecture, int seed)
    {
        var shape = new GemmaShape(architecture);
        using var model = RandomCheckpoint.Write(shape.Config(), shape.Tensors(), seed, spreads: GemmaShape.Spread);
        await FamilyServing.AssertServesAsync(model.Folder, GemmaShape.Vocabulary, Norms, Rotary);
    }

    [Theory]
    [InlineData("MixtralForCausalLM", 21)]
    [InlineData("Qwen2MoeForCausalLM", 22)]
    [InlineData("Qwen3MoeForCausalLM", 23)]
    [InlineData("GptOssForCausalLM", 24)]
    public async Task Mixtures(string architecture, int seed)
    {
        var shape = new MoeShape(architecture) { Renormalises = true };
        using var model = RandomCheckpoint.Write(shape.Config(), shape.Tensors(), seed);
        await FamilyServing.AssertServesAsync(model.Folder, MoeShape.Vocabulary, Norms, Rotary, Moe);
    }

    [Theory]
    [InlineData("DeepseekV2ForCausalLM", false, 31)]
    [InlineData("DeepseekV3ForCausalLM", true, 32)]
    public async Task Deepseek(string architecture, bool hasQueryRank, int seed)
    {
        var shape = new DeepseekShape(architecture, hasQueryRank) { HasYarn = true };
        using var model = RandomCheckpoint.Write(shape.Config(), shape.Tensors(), seed);
        await FamilyServing.AssertServesAsync(
            model.Folder, DeepseekShape.Vocabulary, Norms, Rotary, Moe, "hpu_grouped_topk_router");
    }

    [Fact]
    public async Task Mamba2()
    {
        var shape = new Mamba2Shape(Groups: 4);
        using var model = RandomCheckpoint.Write(shape.Config(), shape.Tensors(), seed: 41);
        await FamilyServing.AssertServesAsync(model.Folder, Mamba2Shape.Vocabulary, Norms, Mamba);
    }

    [Fact]
    public async Task Granite_hybrid()
    {
        var shape = new GraniteShape(Experts: 6, HasRotary: false);
        using var model = RandomCheckpoint.Write(shape.Config(), shape.Tensors(), seed: 42);
        await FamilyServing.AssertServesAsync(model.Folder, GraniteShape.Vocabulary, Norms, Mamba, Moe);
    }
}
