using Gaudi.Tests.Hpu.GaudiPlugin;
using Xunit;

namespace Gaudi.Tests.Hpu.Models.Families;

/// <summary>Mamba-2 and Granite's hybrid against the plain recurrence in double arithmetic.</summary>
public sealed class MambaTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Log_probabilities_of_Mamba2_are_the_recurrences_to_float32_precision(int groups)
    {
        var shape = new TinyMamba2(groups);
        using var model = RandomCheckpoint.Write(shape.Config(), shape.Tensors(), seed: 3);
        var exact = shape.LogProbabilities(model.Weights, FamilyRuns.Tokens(TinyMamba2.Vocabulary));
        // Some hundred float32 roundings on values up to 10; the chunked form adds in another order than the recurrence.
        Assert.InRange(FamilyRuns.LargestError(model.Folder, exact), 0, 3e-4);
        Assert.InRange(FamilyRuns.LargestError(model.Folder, exact, PluginOps.Table), 0, 3e-4);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Splits_and_cuts_of_Mamba2_change_no_bit(int groups)
    {
        var shape = new TinyMamba2(groups);
        using var model = RandomCheckpoint.Write(shape.Config(), shape.Tensors(), seed: 4);
        FamilyRuns.AssertSplitsAndCutsChangeNoBit(model.Folder, TinyMamba2.Vocabulary);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(6, false)]
    [InlineData(6, true)]
    public void Log_probabilities_of_Granite_are_the_recurrences_to_float32_precision(int experts, bool hasRotary)
    {
        var shape = new GraniteShape(experts, hasRotary);
        using var model = RandomCheckpoint.Write(shape.Config(), shape.Tensors(), seed: 3);
        var exact = shape.LogProbabilities(model.Weights, FamilyRuns.Tokens(GraniteShape.Vocabulary));
        Assert.InRange(FamilyRuns.LargestError(model.Folder, exact), 0, 3e-4); // as above
        Assert.InRange(FamilyRuns.LargestError(model.Folder, exact, PluginOps.Table), 0, 3e-4);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(6)]
    public void Splits_and_cuts_of_Granite_change_no_bit(int experts)
    {
        var shape = new GraniteShape(experts, HasRotary: false);
        using var model = RandomCheckpoint.Write(shape.Config(), shape.Tensors(), seed: 4);
        FamilyRuns.AssertSplitsAndCutsChangeNoBit(model.Folder, GraniteShape.Vocabulary);
    }
}
