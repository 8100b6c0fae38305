using Gaudi.Tests.Hpu.GaudiPlugin;
using Gaudi.Tests.Hpu.Models;
using Gaudi.Tests.Hpu.Models.Families;
using Xunit;
using Xunit.Abstractions;

namespace Gaudi.Tests.Hpu.Quantization;

/// <summary>
/// Models in float8 against an independent forward pass in double arithmetic whose linear layers have the widened weights and
/// round their inputs by <see cref="Fp8Truth"/>; and the same bits over any ranks, with kernels in-tree and of the plugin.
/// </summary>
/// <remarks>
/// The model's float32 and the double pass differ by some 1e-6, so now and then a value falls on the other side of the boundary
/// between two float8 values and differs by one step, an eighth. Measured on the largest difference of any log probability:
/// 1e-6 to 5e-6 where none did, 0.016 where one did; 0.49 to 2.9 from a pass that does not round its inputs. 0.1 is allowed, and
/// the pass without roundings has to be three times further off.
/// </remarks>
public sealed class Fp8ModelTests(ITestOutputHelper output)
{
    private const double Tolerance = 0.1;

    private static readonly string[] Sharded = ["o_proj", "down_proj"];

    // 192 and 320 are no multiples of 128, and of 4 ranks' 80 rows or columns the second begins within a block.
    private static readonly RandomModelShape Llama = new() { Hidden = 192, Ffn = 320, Heads = 8, KvHeads = 4, HeadDim = 24 };

    [Theory]
    [InlineData("fp8", 128)]
    [InlineData("fp8", 56)]
    [InlineData("fp8-static", 0)]
    [InlineData("fp8-channel", 0)]
    public void Dense_models(string scheme, int blockSize)
    {
        using var source = RandomModel.Write(Llama);
        using var model = QuantizedCheckpoint.Of(source.Folder, scheme, blockSize);
        Widen(model, source.Weights);
        double[][] Exact(Func<string, double[], double[]>? rounding) =>
            new DoubleForward(source) { Inputs = rounding }.LogProbabilities(FamilyRuns.Tokens(Llama.Vocabulary));
        AssertNear(model, Exact, scheme);
        FamilyRuns.AssertSplitsAndCutsChangeNoBit(model.Folder, Llama.Vocabulary);
    }

    [Fact]
    public void Projections_that_are_fused_in_one_tensor()
    {
        var shape = new Phi3Shape(512);
        using var source = RandomCheckpoint.Write(shape.Config(), shape.Tensors(), seed: 3);
        using var model = QuantizedCheckpoint.Of(source.Folder, "fp8", 20); // parts begin at rows 48, 64 and 96
        var weights = Widen(model, source.Weights);
        double[][] Exact(Func<string, double[], double[]>? rounding) =>
            new DoublePhi3(shape, weights) { Inputs = rounding }.LogProbabilities(FamilyRuns.Tokens(Phi3Shape.Vocabulary));
        AssertNear(model, Exact, "phi3", hasInTree: true);
        FamilyRuns.AssertSplitsAndCutsChangeNoBit(model.Folder, Phi3Shape.Vocabulary);
    }

    [Theory]
    [InlineData("fp8", 20)]
    [InlineData("fp8-static", 0)]
    [InlineData("fp8-channel", 0)]
    public void Experts(string scheme, int blockSize)
    {
        var shape = new MoeShape("Qwen3MoeForCausalLM") { Renormalises = true };
        using var source = RandomCheckpoint.Write(shape.Config(), shape.Tensors(), seed: 3);
        using var model = QuantizedCheckpoint.Of(source.Folder, scheme, blockSize);
        var weights = Widen(model, source.Weights);
        double[][] Exact(Func<string, double[], double[]>? rounding) =>
            new DoubleMoe(shape, weights) { Inputs = rounding }.LogProbabilities(FamilyRuns.Tokens(MoeShape.Vocabulary));
        AssertNear(model, Exact, scheme, hasExperts: true, hasInTree: scheme == "fp8-static");
        FamilyRuns.AssertSplitsAndCutsChangeNoBit(model.Folder, MoeShape.Vocabulary);
    }

    // kv_b_proj has 88 rows, 22 a head: with blocks of 20, heads begin within blocks and the last are cut.
    [Theory]
    [InlineData("fp8", 20)]
    [InlineData("fp8-static", 0)]
    public void Deepseek_with_latent_attention_and_experts(string scheme, int blockSize)
    {
        var shape = new DeepseekShape("DeepseekV3ForCausalLM", HasQueryRank: true);
        using var source = RandomCheckpoint.Write(shape.Config(), shape.Tensors(), seed: 3);
        using var model = QuantizedCheckpoint.Of(source.Folder, scheme, blockSize);
        var weights = Widen(model, source.Weights);
        double[][] Exact(Func<string, double[], double[]>? rounding) =>
            new DoubleDeepseek(shape, weights) { Inputs = rounding }.LogProbabilities(FamilyRuns.Tokens(DeepseekShape.Vocabulary));
        AssertNear(model, Exact, $"deepseek {scheme}", hasExperts: true);
        FamilyRuns.AssertSplitsAndCutsChangeNoBit(model.Folder, DeepseekShape.Vocabulary);
    }

    /// <summary>Puts what the card multiplies by in the place of the weights.</summary>
    private static Dictionary<string, float[]> Widen(QuantizedCheckpoint model, IReadOnlyDictionary<string, float[]> weights)
    {
        var widened = weights as Dictionary<string, float[]> ?? weights.ToDictionary();
        foreach (var (layer, stored) in model.Float8)
            widened[$"{layer}.weight"] = stored.Wide(QuantizedLinears.Gaudi3);
        return widened;
    }

    // The weight into and out of the latent space is widened at load, and its inputs stay.
    private static Func<string, double[], double[]> Rounding(QuantizedCheckpoint model) => (layer, x) =>
        !model.Float8.TryGetValue(layer, out var stored) || layer.EndsWith("kv_b_proj", StringComparison.Ordinal)
            ? x
            : [.. Fp8Truth.Activations(
                [.. x.Select(value => (float)value)], x.Length,
                Sharded.Any(name => layer.EndsWith(name, StringComparison.Ordinal)), stored.InputScale, QuantizedLinears.Gaudi3)
                .Select(value => (double)value)];

    private void AssertNear(
        QuantizedCheckpoint model, Func<Func<string, double[], double[]>?, double[][]> exact, string name, bool hasExperts = false,
        bool hasInTree = false)
    {
        var rounded = exact(Rounding(model));
        var unrounded = FamilyRuns.LargestError(model.Folder, exact(null), PluginOps.Table);
        var error = FamilyRuns.LargestError(model.Folder, rounded, PluginOps.Table);
        output.WriteLine($"{name}: {error}, of one that does not round {unrounded}");
        Assert.InRange(error, 0, Tolerance);
        Assert.True(unrounded > 3 * Tolerance, $"{unrounded} of a model that does not round its inputs");
        if (hasInTree)
            Assert.InRange(FamilyRuns.LargestError(model.Folder, rounded), 0, Tolerance);
        if (!hasExperts)
            return;
        error = FamilyRuns.LargestError(model.Folder, rounded, PluginOps.Table, worldSize: 2, isExpertParallel: true);
        output.WriteLine($"{name}, whole experts on each of two ranks: {error}");
        Assert.InRange(error, 0, Tolerance);
    }
}
