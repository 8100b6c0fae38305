using Gaudi.Hpu.Models;
using Gaudi.Hpu.Ops;
using Gaudi.Tests.Hpu.Execution;
using Gaudi.Tests.Hpu.GaudiPlugin;
using Gaudi.Tests.Hpu.Models;
using Gaudi.Tests.Hpu.Models.Families;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Quantization;

/// <summary>A model of 4- or 8-bit codes says what the model of the values that they stand for says, to the bit.</summary>
public sealed class QuantizedModelTests
{
    private static readonly int[] Prompt = [3, 17, 4, 9, 28, 1, 30, 12, 7];

    [Theory]
    [InlineData("gptq", false, "LlamaForCausalLM")]
    [InlineData("gptq", true, "Qwen2ForCausalLM")]
    [InlineData("awq", false, "Qwen3ForCausalLM")]
    [InlineData("wna16", false, "LlamaForCausalLM")]
    [InlineData("wna16-zero", false, "Qwen2ForCausalLM")]
    [InlineData("int8", false, "LlamaForCausalLM")]
    public void Tokens_and_scores_are_those_of_the_widened_model(string scheme, bool hasOrder, string architecture)
    {
        using var source = RandomModel.Write(new RandomModelShape(architecture) { Hidden = 128, Ffn = 256, HeadDim = 16 });
        using var model = QuantizedCheckpoint.Of(source.Folder, scheme, groupSize: 32, hasOrder);
        foreach (var table in QuantizedLinears.Tables)
        {
            var expected = Generate(model.PlainFolder, 1, table);
            foreach (var worldSize in new[] { 1, 2, 4 })
                Assert.Equal(expected, Generate(model.Folder, worldSize, table));
        }
    }

    [Fact]
    public void Parts_of_fused_tensors_are_read_from_them()
    {
        var shape = new Phi3Shape(OriginalPositions: 128);
        using var source = RandomCheckpoint.Write(shape.Config(), shape.Tensors(), seed: 3);
        using var model = QuantizedCheckpoint.Of(source.Folder, "gptq", groupSize: -1);
        var expected = Generate(model.PlainFolder, 1, PluginOps.Table);
        foreach (var worldSize in new[] { 1, 2 })
            Assert.Equal(expected, Generate(model.Folder, worldSize, PluginOps.Table));
    }

    [Fact]
    public void Experts_of_four_bits_are_those_of_the_widened_model()
    {
        var shape = new QuantizedMoeShape();
        using var source = RandomCheckpoint.Write(shape.Config(), shape.Tensors(), seed: 3);
        using var model = QuantizedCheckpoint.Of(source.Folder, "wna16", groupSize: 32);
        foreach (var table in QuantizedLinears.Tables)
        {
            var expected = Generate(model.PlainFolder, 1, table);
            foreach (var worldSize in new[] { 1, 2, 4 })
                Assert.Equal(expected, Generate(model.Folder, worldSize, table));
            Assert.Equal(
                Generate(model.PlainFolder, 2, table, isExpertParallel: true), Generate(model.Folder, 2, table, isExpertParallel: true));
        }
    }

    [Theory]
    [InlineData("gptq", "experts quantized by gptq are not built")]
    [InlineData("awq", "experts quantized by awq are not built")]
    [InlineData("wna16-zero", "experts in the compressed format pack-quantized (int of 4 bits, strategy group, with zero points)")]
    [InlineData("int8", "experts in the compressed format int-quantized (int of 8 bits, strategy channel)")]
    public void Experts_of_other_schemes_are_refused_by_name(string scheme, string expected)
    {
        var shape = new QuantizedMoeShape();
        using var source = RandomCheckpoint.Write(shape.Config(), shape.Tensors(), seed: 3);
        using var model = QuantizedCheckpoint.Of(source.Folder, scheme, groupSize: 32);
        Assert.Contains($"model.layers.0.mlp.experts.0.gate_proj: {expected}", Refusal(model.Folder), StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_stay_at_four_bits_on_the_card()
    {
        using var source = RandomModel.Write(new RandomModelShape { Hidden = 256, Ffn = 512, HeadDim = 32 });
        using var model = QuantizedCheckpoint.Of(source.Folder, "gptq", groupSize: 128);
        long Bytes(string folder) => Runners.Same(Runners.Settings(folder), 1, runner => runner.Facts.WeightBytes, PluginOps.Table);
        var others = Bytes(model.PlainFolder) - (sizeof(float) * model.QuantizedCount);
        var perWeight = (double)(Bytes(model.Folder) - others) / model.QuantizedCount;
        Assert.InRange(perWeight, 0.5, 0.65);
    }

    [Theory]
    [InlineData(".qweight", "q_proj.qweight: expected [8, 64], came [9, 64]")]
    [InlineData(".qzeros", "q_proj.qzeros: expected [2, 8], came [3, 8]")]
    public void Tensors_of_another_shape_are_named(string kind, string expected)
    {
        using var source = RandomModel.Write(new RandomModelShape());
        using var model = QuantizedCheckpoint.Of(source.Folder, "gptq", groupSize: 32, change: (name, stored) =>
            name.EndsWith(kind, StringComparison.Ordinal) ? cat([stored, stored.narrow(0, 0, 1)]) : stored);
        Assert.Contains(expected, Refusal(model.Folder), StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_scales_are_named()
    {
        using var source = RandomModel.Write(new RandomModelShape());
        using var model = QuantizedCheckpoint.Of(source.Folder, "awq", groupSize: 32, change: (name, stored) =>
            name.EndsWith("0.mlp.up_proj.scales", StringComparison.Ordinal) ? null : stored);
        Assert.Contains("missing: model.layers.0.mlp.up_proj.scales;", Refusal(model.Folder), StringComparison.Ordinal);
    }

    [Fact]
    public void Groups_that_a_rank_would_cut_are_named()
    {
        using var source = RandomModel.Write(new RandomModelShape { Hidden = 128, Ffn = 256, HeadDim = 16 });
        using var model = QuantizedCheckpoint.Of(source.Folder, "gptq", groupSize: 64);
        var error = Assert.ThrowsAny<Exception>(() => Generate(model.Folder, 4, PluginOps.Table));
        Assert.Contains("o_proj: a rank's 32 inputs are not aligned with the quantized weight's groups of 64", error.ToString(), StringComparison.Ordinal);
    }

    private static string Refusal(string folder) =>
        Assert.Throws<CheckpointException>(() => Generate(folder, 1, PluginOps.Table)).Message;

    private static Drawn[] Generate(
        string folder, int worldSize, Func<OpTable> ops, bool isExpertParallel = false) => Runners.Run(
        Runners.Settings(folder) with { IsExpertParallel = isExpertParallel }, worldSize,
        runner => new Script(1, Prompt, [3, 1, 2, 6], Script.Greedy).Generate(runner, 12, chunk: int.MaxValue), ops)[0].ToArray();
}
