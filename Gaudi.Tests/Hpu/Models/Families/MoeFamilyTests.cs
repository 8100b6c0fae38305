using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Tests.Hpu.Execution;
using Gaudi.Tests.Hpu.GaudiPlugin;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Models.Families;

/// <summary>Mixtral, Qwen's mixtures and gpt-oss against an independent forward pass in double arithmetic.</summary>
public sealed class MoeFamilyTests
{
    private static readonly int[] Tokens = FamilyRuns.Tokens(MoeShape.Vocabulary);

    public static TheoryData<string, bool> Families => new()
    {
        { "MixtralForCausalLM", true }, { "Qwen2MoeForCausalLM", false }, { "Qwen2MoeForCausalLM", true },
        { "Qwen3MoeForCausalLM", true }, { "Qwen3MoeForCausalLM", false }, { "GptOssForCausalLM", false },
    };

    [Theory]
    [MemberData(nameof(Families))]
    public void Log_probabilities_are_the_papers_to_float32_precision(string architecture, bool renormalises)
    {
        var shape = new MoeShape(architecture) { Renormalises = renormalises };
        using var model = RandomCheckpoint.Write(shape.Config(), shape.Tensors(), seed: 3);
        var exact = new DoubleMoe(shape, model.Weights).LogProbabilities(Tokens);
        // Some hundred float32 roundings on values up to 10, and float32 angles.
        Assert.InRange(FamilyRuns.LargestError(model.Folder, exact), 0, 2e-4);
        Assert.InRange(FamilyRuns.LargestError(model.Folder, exact, PluginOps.Table), 0, 2e-4);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Splits_and_cuts_change_no_bit(string architecture, bool renormalises)
    {
        var shape = new MoeShape(architecture) { Renormalises = renormalises };
        using var model = RandomCheckpoint.Write(shape.Config(), shape.Tensors(), seed: 4);
        FamilyRuns.AssertSplitsAndCutsChangeNoBit(model.Folder, MoeShape.Vocabulary);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Whole_experts_on_each_rank_give_the_same_within_rounding(string architecture, bool renormalises)
    {
        var shape = new MoeShape(architecture) { Renormalises = renormalises };
        using var model = RandomCheckpoint.Write(shape.Config(), shape.Tensors(), seed: 5);
        var exact = new DoubleMoe(shape, model.Weights).LogProbabilities(Tokens);
        // Sums over experts are added in another order.
        Assert.InRange(
            FamilyRuns.LargestError(model.Folder, exact, PluginOps.Table, worldSize: 2, isExpertParallel: true), 0, 2e-4);
    }

    [Theory]
    [InlineData("MixtralForCausalLM")]
    [InlineData("GptOssForCausalLM")]
    public void Slices_of_experts_reach_the_ops_and_change_no_bit(string architecture)
    {
        var shape = new MoeShape(architecture);
        using var model = RandomCheckpoint.Write(shape.Config(), shape.Tensors(), seed: 6);
        Drawn[] Generate(int? slice) => [.. Runners.Run(
            Runners.Settings(model.Folder) with { ExpertsPerSlice = slice }, 2,
            runner => new Script(1, Tokens[..20], [3, 1, 2, 6], Script.Greedy).Generate(runner, 8), PluginOps.Table)[0]];
        var whole = Generate(null);
        foreach (var slice in new[] { 1, 3, 100 })
        {
            Assert.Equal(whole, Generate(slice));
            using var card = Runners.Card();
            using var build = new DecoderBuild(
                model.Folder, Runners.Settings(model.Folder) with { ExpertsPerSlice = slice }, null, card, PluginOps.Table(),
                new SingleRankCollective(1), leasePrefix: "");
            Assert.All(build.Ops.Weighted.OfType<FusedMoe>(), op => Assert.Equal(slice, op.Spec.ExpertsPerSlice));
            Assert.NotEmpty(build.Ops.Weighted.OfType<FusedMoe>());
        }
    }

    // A token whose experts are close calls may choose others in bfloat16: most positions agree, not all.
    [Theory]
    [MemberData(nameof(Families))]
    public void Bfloat16_models_mostly_stay_within_their_rounding(string architecture, bool renormalises)
    {
        var shape = new MoeShape(architecture) { Renormalises = renormalises };
        using var model = RandomCheckpoint.Write(shape.Config(), shape.Tensors(), seed: 3, ScalarType.BFloat16);
        var exact = new DoubleMoe(shape, model.Weights).LogProbabilities(Tokens);
        var errors = FamilyRuns.Errors(model.Folder, exact, PluginOps.Table).Order().ToArray();
        Assert.InRange(errors[errors.Length / 2], 0, 0.3);
    }
}
