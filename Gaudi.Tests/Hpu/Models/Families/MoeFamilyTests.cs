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
