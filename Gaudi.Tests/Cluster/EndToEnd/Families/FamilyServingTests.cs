using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Layers;
using Gaudi.Tests.Actors.Images;
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
    [InlineData("Gemma2ForCausalLM")]
    [InlineData("Gemma3ForCausalLM")]
    public async Task Gemma(string architecture)
    {
        var shape = new GemmaShape(architecture);
        await FamilyServing.AssertServesAsync(
            seed => RandomCheckpoint.Write(shape.Config(), shape.Tensors(), seed, spreads: GemmaShape.Spread),
            GemmaShape.Vocabulary, Norms, Rotary);
    }

    [Theory]
    [InlineData("MixtralForCausalLM")]
    [InlineData("Qwen2MoeForCausalLM")]
    [InlineData("Qwen3MoeForCausalLM")]
    [InlineData("GptOssForCausalLM")]
    public async Task Mixtures(string architecture)
    {
        var shape = new MoeShape(architecture) { Renormalises = true };
        await FamilyServing.AssertServesAsync(
            seed => RandomCheckpoint.Write(shape.Config(), shape.Tensors(), seed),
            MoeShape.Vocabulary, Norms, Rotary, Moe);
    }

    [Theory]
    [InlineData("DeepseekV2ForCausalLM", false)]
    [InlineData("DeepseekV3ForCausalLM", true)]
    public async Task Deepseek(string architecture, bool hasQueryRank)
    {
        var shape = new DeepseekShape(architecture, hasQueryRank) { HasYarn = true };
        await FamilyServing.AssertServesAsync(
            seed => RandomCheckpoint.Write(shape.Config(), shape.Tensors(), seed),
            DeepseekShape.Vocabulary, Norms, Rotary, Moe, "hpu_grouped_topk_router");
    }

    [Fact]
    public async Task Mamba2()
    {
        var shape = new TinyMamba2(Groups: 4);
        await FamilyServing.AssertServesAsync(
            seed => RandomCheckpoint.Write(shape.Config(), shape.Tensors(), seed),
            TinyMamba2.Vocabulary, Norms, Mamba);
    }

    [Fact]
    public async Task Granite_hybrid()
    {
        var shape = new GraniteShape(Experts: 6, HasRotary: false);
        await FamilyServing.AssertServesAsync(
            seed => RandomCheckpoint.Write(shape.Config(), shape.Tensors(), seed),
            GraniteShape.Vocabulary, Norms, Mamba, Moe);
    }

    [Fact]
    public async Task Phi3()
    {
        var shape = new Phi3Shape(OriginalPositions: 128);
        await FamilyServing.AssertServesAsync(
            seed => RandomCheckpoint.Write(shape.Config(), shape.Tensors(), seed),
            Phi3Shape.Vocabulary, Norms, Rotary);
    }

    [Fact]
    public async Task Qwen2_VL_sees_an_image_in_a_chat()
    {
        using var model = Qwen2VlShape.Write(seed: 61);
        var picture = Pictures.Noise(5, 16, 24); // two squares wide, three high
        await FamilyServing.AssertSeesAsync(
            model.Folder, Pictures.Uri(Pictures.Png(picture)), new PromptImage(0, 3, 2, [.. picture.Pixels]), Qwen2VlShape.ImageToken,
            Norms, Rotary, "hpu_mm_encoder_attention");
    }
}
