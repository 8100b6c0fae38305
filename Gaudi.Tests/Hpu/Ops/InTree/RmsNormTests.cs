using Gaudi.Hpu;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Ops.InTree;

/// <summary>The cases of the reference's appendix, to its six digits, and the laws of a row.</summary>
public sealed class RmsNormTests
{
    private static readonly float[] Weight = [1, 0.5f, 2, 1];

    [Fact]
    public void Norm_gives_the_hand_checked_case()
    {
        using var scope = NewDisposeScope();
        using var op = Specs.Norm<RmsNorm>(OpTable.InTree(), Weight, 1e-6f);
        var output = op.Forward(tensor(new float[] { 1, 2, 3, 4 }, [1, 4]), null);
        Specs.Near([0.365148, 0.365148, 2.19089, 1.46059], output.Y, 5e-6);
        Assert.Null(output.Residual);
    }

    [Fact]
    public void Norm_adds_the_residual_first_and_gives_the_sum_back()
    {
        using var scope = NewDisposeScope();
        using var op = Specs.Norm<RmsNorm>(OpTable.InTree(), Weight, 1e-6f);
        var x = tensor(new float[] { 1, 2, 3, 4 }, [1, 4]);
        var residual = tensor(new[] { 0.5f, -1, 0, 1 }, [1, 4]);
        var output = op.Forward(x, residual);
        Specs.Near([0.491539, 0.163846, 1.96616, 1.63846], output.Y, 5e-6);
        Assert.Equal([1.5f, 1, 3, 5], output.Residual!.Floats());
        Assert.Equal([1f, 2, 3, 4], x.Floats());
        Assert.Equal([0.5f, -1, 0, 1], residual.Floats());
    }

    [Fact]
    public void Gemma_norm_multiplies_by_one_plus_the_weight()
    {
        using var scope = NewDisposeScope();
        using var op = Specs.Norm<GemmaRmsNorm>(OpTable.InTree(), Weight, 1e-6f);
        var output = op.Forward(tensor(new float[] { 1, 2, 3, 4 }, [1, 4]), null);
        Specs.Near([0.730297, 1.09545, 3.28634, 2.92119], output.Y, 5e-6);
    }

    [Fact]
    public void Norm_rounds_the_sum_to_the_inputs_type_before_it_norms()
    {
        using var scope = NewDisposeScope();
        using var op = Specs.Norm<RmsNorm>(OpTable.InTree(), [1, 1], 0, ScalarType.BFloat16);
        var x = tensor(new float[] { 256, 1 }, [1, 2]).to_type(ScalarType.BFloat16);
        var output = op.Forward(x, tensor(new float[] { 1, 1 }, [1, 2]).to_type(ScalarType.BFloat16));
        Assert.Equal([256f, 2], output.Residual!.Floats()); // 257 is no bfloat16
        Assert.Equal(ScalarType.BFloat16, output.Y.dtype);
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void A_rows_bits_do_not_depend_on_its_neighbours(ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        foreach (var hidden in new[] { 8, 64, 769, 5120 })
        {
            using var op = Specs.Norm<RmsNorm>(
                OpTable.InTree(), Specs.Random(1, ScalarType.Float32, hidden).Floats(), 1e-6f, dtype);
            var x = Specs.Random(2, dtype, 83, hidden);
            var together = op.Forward(x, x).Y;
            foreach (var row in new[] { 0, 1, 7, 82 })
            {
                var alone = op.Forward(x.narrow(0, row, 1), x.narrow(0, row, 1)).Y;
                Assert.Equal(alone.Bits(), together.narrow(0, row, 1).Bits());
            }
        }
    }

    [Fact]
    public void Norm_refuses_another_width_and_a_residual_of_another_shape()
    {
        using var scope = NewDisposeScope();
        using var op = Specs.Norm<RmsNorm>(OpTable.InTree(), Weight, 1e-6f);
        Assert.Throws<InvariantBrokenException>(() => op.Forward(zeros(1, 5), null));
        Assert.Throws<InvariantBrokenException>(() => op.Forward(zeros(2, 4), zeros(1, 4)));
    }

    [Fact]
    public void Norm_refuses_to_run_before_its_weight_is_loaded()
    {
        using var scope = NewDisposeScope();
        using var op = OpTable.InTree().Create<RmsNorm>(new RmsNormSpec("norm", ScalarType.Float32, CPU, 4, 1e-6f));
        Assert.Throws<InvariantBrokenException>(() => op.Forward(zeros(1, 4), null));
    }
}
