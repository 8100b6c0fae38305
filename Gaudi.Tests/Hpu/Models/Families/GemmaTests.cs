using Gaudi.Hpu.Models;
using Gaudi.Tests.Hpu.GaudiPlugin;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Models.Families;

/// <summary>Gemma 2 and 3 against an independent forward pass in double arithmetic.</summary>
public sealed class GemmaTests
{
    private static readonly int[] Tokens = FamilyRuns.Tokens(GemmaShape.Vocabulary);

    [Theory]
    [InlineData("Gemma2ForCausalLM")]
    [InlineData("Gemma3ForCausalLM")]
    public void Log_probabilities_are_the_papers_to_float32_precision(string architecture)
    {
        var shape = new GemmaShape(architecture);
        using var model = RandomCheckpoint.Write(shape.Config(), shape.Tensors(), seed: 3, spreads: GemmaShape.Spread);
        var exact = new DoubleGemma(shape, model.Weights).LogProbabilities(Tokens);
        // Some hundred float32 roundings on values up to 10, and float32 angles.
        Assert.InRange(FamilyRuns.LargestError(model.Folder, exact), 0, 2e-4);
        Assert.InRange(FamilyRuns.LargestError(model.Folder, exact, PluginOps.Table), 0, 2e-4);
    }

    [Theory]
    [InlineData("Gemma2ForCausalLM")]
    [InlineData("Gemma3ForCausalLM")]
    public void Bfloat16_models_stay_within_their_rounding(string architecture)
    {
        var shape = new GemmaShape(architecture);
        using var model = RandomCheckpoint.Write(shape.Config(), shape.Tensors(), seed: 3, ScalarType.BFloat16, GemmaShape.Spread);
        var exact = new DoubleGemma(shape, model.Weights).LogProbabilities(Tokens);
        // Some dozen roundings of 2^-9 on values up to 10.
        Assert.InRange(FamilyRuns.LargestError(model.Folder, exact, PluginOps.Table), 0, 0.3);
    }

    [Theory]
    [InlineData("Gemma2ForCausalLM")]
    [InlineData("Gemma3ForCausalLM")]
    public void Splits_and_cuts_change_no_bit(string architecture)
    {
        var shape = new GemmaShape(architecture);
        using var model = RandomCheckpoint.Write(shape.Config(), shape.Tensors(), seed: 4, spreads: GemmaShape.Spread);
        FamilyRuns.AssertSplitsAndCutsChangeNoBit(model.Folder, GemmaShape.Vocabulary);
    }

    [Fact]
    public void Newer_form_of_the_rotary_parameters_says_the_same()
    {
        var shape = new GemmaShape("Gemma3ForCausalLM");
        var newer = shape.Config();
        foreach (var name in new[] { "rope_theta", "rope_local_base_freq", "rope_scaling", "sliding_window_pattern" })
            newer.Remove(name);
        newer["rope_parameters"] = System.Text.Json.Nodes.JsonNode.Parse("""
            {"full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 1000000.0},
             "sliding_attention": {"rope_type": "default", "rope_theta": 10000.0}}
            """);
        newer["layer_types"] = System.Text.Json.Nodes.JsonNode.Parse(
            """["sliding_attention", "sliding_attention", "full_attention", "sliding_attention"]""");
        using var old = RandomCheckpoint.Write(shape.Config(), shape.Tensors(), seed: 5);
        using var same = RandomCheckpoint.Write(newer, shape.Tensors(), seed: 5);
        var (one, other) = (ModelConfig.Read(old.Folder), ModelConfig.Read(same.Folder));
        Assert.Equal(one.WindowedLayers.ToArray(), other.WindowedLayers.ToArray());
        Assert.Equal(Comparable(one), Comparable(other));
        Assert.Equal([true, true, false, true], one.WindowedLayers.ToArray());
    }

    // Arrays are equal only where they are the same one.
    private static ModelConfig Comparable(ModelConfig config) =>
        config with { WindowedLayers = [], BosTokenIds = [], EosTokenIds = [] };
}
