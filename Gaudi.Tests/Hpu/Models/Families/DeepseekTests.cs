using Gaudi.Tests.Hpu.Execution;
using Gaudi.Tests.Hpu.GaudiPlugin;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Models.Families;

/// <summary>DeepSeek V2 and V3 against an independent forward pass in double arithmetic, in which nothing is absorbed.</summary>
public sealed class DeepseekTests
{
    private static readonly int[] Tokens = FamilyRuns.Tokens(DeepseekShape.Vocabulary);

    [Theory]
    [InlineData("DeepseekV2ForCausalLM", false, false)]
    [InlineData("DeepseekV2ForCausalLM", true, true)]
    [InlineData("DeepseekV3ForCausalLM", true, false)]
    [InlineData("DeepseekV3ForCausalLM", true, true)]
    public void Log_probabilities_are_the_papers_to_float32_precision(string architecture, bool hasQueryRank, bool hasYarn)
    {
        var shape = new DeepseekShape(architecture, hasQueryRank) { HasYarn = hasYarn };
        using var model = RandomCheckpoint.Write(shape.Config(), shape.Tensors(), seed: 3);
        var exact = new DoubleDeepseek(shape, model.Weights).LogProbabilities(Tokens);
        // Some hundred float32 roundings on values up to 10, and float32 angles.
        Assert.InRange(FamilyRuns.LargestError(model.Folder, exact), 0, 3e-4);
        Assert.InRange(FamilyRuns.LargestError(model.Folder, exact, PluginOps.Table), 0, 3e-4);
    }

    /// <summary>Without mscale_all_dim, or with 0: values grow by the magnitude of mscale, and the softmax is as sharp as ever.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData(0.0)]
    public void Yarns_first_weight_counts_without_the_second(double? allDimensions)
    {
        var shape = new DeepseekShape("DeepseekV2ForCausalLM", HasQueryRank: false) { HasYarn = true, AllDimensions = allDimensions };
        using var model = RandomCheckpoint.Write(shape.Config(), shape.Tensors(), seed: 3);
        var exact = new DoubleDeepseek(shape, model.Weights).LogProbabilities(Tokens);
        Assert.InRange(FamilyRuns.LargestError(model.Folder, exact, PluginOps.Table), 0, 3e-4); // float32, as above
    }

    [Theory]
    [InlineData("DeepseekV2ForCausalLM", false)]
    [InlineData("DeepseekV3ForCausalLM", true)]
    public void Splits_and_cuts_change_no_bit(string architecture, bool hasQueryRank)
    {
        var shape = new DeepseekShape(architecture, hasQueryRank);
        using var model = RandomCheckpoint.Write(shape.Config(), shape.Tensors(), seed: 4);
        FamilyRuns.AssertSplitsAndCutsChangeNoBit(model.Folder, DeepseekShape.Vocabulary);
    }

    [Fact]
    public void Cache_holds_the_latent_once()
    {
        var shape = new DeepseekShape("DeepseekV3ForCausalLM", HasQueryRank: true);
        using var model = RandomCheckpoint.Write(shape.Config(), shape.Tensors(), seed: 3);
        var settings = Runners.Settings(model.Folder) with { KvBlockCount = null };
        var facts = Runners.Run(settings, 2, runner => runner.Facts, PluginOps.Table)[1];
        // Of each position the latent and the rotated key, in float32, whatever the ranks.
        const long BlockBytes = DeepseekShape.LayerCount * Runners.BlockSizeTokens * sizeof(float)
            * (DeepseekShape.KvRank + DeepseekShape.RopeDim);
        Assert.Equal(facts.KvBlockCount * BlockBytes, facts.KvBytes);
        var free = (long)(facts.CardBytes * 0.9) - facts.Ledger.Where(lease => lease.Purpose != "kv cache").Sum(lease => lease.Bytes);
        Assert.Equal(free / BlockBytes, facts.KvBlockCount);
    }

    [Fact]
    public void Layers_behind_the_last_are_left_unread()
    {
        var shape = new DeepseekShape("DeepseekV3ForCausalLM", HasQueryRank: true);
        var more = shape.Tensors().Append(($"model.layers.{DeepseekShape.LayerCount}.eh_proj.weight", new[] { 8, 8 }));
        using var model = RandomCheckpoint.Write(shape.Config(), more, seed: 3);
        var exact = new DoubleDeepseek(shape, model.Weights).LogProbabilities(Tokens);
        Assert.InRange(FamilyRuns.LargestError(model.Folder, exact, PluginOps.Table), 0, 3e-4);
    }

    [Fact]
    public void Bfloat16_model_mostly_stays_within_its_rounding()
    {
        var shape = new DeepseekShape("DeepseekV3ForCausalLM", HasQueryRank: true);
        using var model = RandomCheckpoint.Write(shape.Config(), shape.Tensors(), seed: 3, ScalarType.BFloat16);
        var exact = new DoubleDeepseek(shape, model.Weights).LogProbabilities(Tokens);
        var errors = FamilyRuns.Errors(model.Folder, exact, PluginOps.Table).Order().ToArray();
        Assert.InRange(errors[errors.Length / 2], 0, 0.3);
    }
}
