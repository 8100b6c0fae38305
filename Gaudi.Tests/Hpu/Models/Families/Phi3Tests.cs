using Gaudi.Tests.Hpu.GaudiPlugin;
using Xunit;

namespace Gaudi.Tests.Hpu.Models.Families;

/// <summary>Phi 3 against an independent forward pass in double arithmetic, in its first context and beyond it.</summary>
public sealed class Phi3Tests
{
    [Theory]
    [InlineData(512, false)]
    [InlineData(128, false)]
    [InlineData(512, true)]
    [InlineData(128, true)]
    public void Log_probabilities_are_the_papers_to_float32_precision(int originalPositions, bool saysValueFactors)
    {
        var shape = new Phi3Shape(originalPositions) { ValueFactors = saysValueFactors ? (0.9, 1.2) : null };
        using var model = RandomCheckpoint.Write(shape.Config(), shape.Tensors(), seed: 3);
        var exact = new DoublePhi3(shape, model.Weights).LogProbabilities(FamilyRuns.Tokens(Phi3Shape.Vocabulary));
        // Some hundred float32 roundings on values up to 10, and float32 angles.
        Assert.InRange(FamilyRuns.LargestError(model.Folder, exact), 0, 2e-4);
        Assert.InRange(FamilyRuns.LargestError(model.Folder, exact, PluginOps.Table), 0, 2e-4);
    }

    [Fact]
    public void Splits_and_cuts_change_no_bit()
    {
        var shape = new Phi3Shape(128);
        using var model = RandomCheckpoint.Write(shape.Config(), shape.Tensors(), seed: 4);
        FamilyRuns.AssertSplitsAndCutsChangeNoBit(model.Folder, Phi3Shape.Vocabulary);
    }
}
