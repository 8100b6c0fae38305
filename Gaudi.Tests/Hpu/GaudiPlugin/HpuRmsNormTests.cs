using Gaudi.Hpu;
using Gaudi.Hpu.GaudiPlugin.Ops;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Tests.Hpu.Ops.InTree;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.GaudiPlugin;

/// <summary>
/// The plugin's norms against the in-tree ones. Tolerance 1e-6 in float32 (another order of one sum) and 2^-7 in
/// bfloat16 (one unit in the last place, where the two sums round apart); the residual sum is exact.
/// </summary>
public sealed class HpuRmsNormTests
{
    [Theory]
    [InlineData(ScalarType.Float32, 1e-6)]
    [InlineData(ScalarType.BFloat16, 0.0079)]
    public void Norms_agree_with_the_in_tree_ones_over_odd_shapes(ScalarType dtype, double tolerance)
    {
        var plugin = PluginOps.Table();
        foreach (var hidden in new[] { 8, 768, 769, 770, 771, 5120, 5124, 5125, 5126, 8192, 8199 })
        {
            foreach (var tokens in hidden < 1000 ? new[] { 1, 7, 83 } : [1, 7])
            {
                foreach (var hasResidual in new[] { false, true })
                {
                    Compare<RmsNorm, HpuRmsNorm>(plugin, dtype, tokens, hidden, hasResidual, tolerance);
                    Compare<GemmaRmsNorm, HpuGemmaRmsNorm>(plugin, dtype, tokens, hidden, hasResidual, tolerance);
                }
            }
        }
    }

    [Fact]
    public void Norm_gives_the_hand_checked_cases()
    {
        using var scope = NewDisposeScope();
        using var plain = Specs.Norm<RmsNorm>(PluginOps.Table(), [1, 0.5f, 2, 1], 1e-6f);
        using var gemma = Specs.Norm<GemmaRmsNorm>(PluginOps.Table(), [1, 0.5f, 2, 1], 1e-6f);
        var x = tensor(new float[] { 1, 2, 3, 4 }, [1, 4]);
        Specs.Near([0.365148, 0.365148, 2.19089, 1.46059], plain.Forward(x, null).Y, 5e-6);
        Specs.Near([0.730297, 1.09545, 3.28634, 2.92119], gemma.Forward(x, null).Y, 5e-6);
        var output = plain.Forward(x, tensor(new[] { 0.5f, -1, 0, 1 }, [1, 4]));
        Specs.Near([0.491539, 0.163846, 1.96616, 1.63846], output.Y, 5e-6);
        Assert.Equal([1.5f, 1, 3, 5], output.Residual!.Floats());
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void A_rows_bits_do_not_depend_on_its_neighbours_or_its_strides(ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        using var op = Specs.Norm<RmsNorm>(
            PluginOps.Table(), Specs.Random(1, ScalarType.Float32, 771).Floats(), 1e-6f, dtype);
        var x = Specs.Random(2, dtype, 9, 1000).narrow(1, 100, 771);
        var together = op.Forward(x, x).Y;
        for (var row = 0; row < 9; row++)
        {
            var alone = x.narrow(0, row, 1).contiguous();
            Assert.Equal(op.Forward(alone, alone).Y.Bits(), together.narrow(0, row, 1).Bits());
        }
    }

    [Fact]
    public void Norm_refuses_another_width_and_mixed_types()
    {
        using var scope = NewDisposeScope();
        using var op = Specs.Norm<RmsNorm>(PluginOps.Table(), [1, 1, 1, 1], 1e-6f);
        Assert.Throws<InvariantBrokenException>(() => op.Forward(zeros(1, 5), null));
        Assert.Throws<InvariantBrokenException>(() => op.Forward(zeros(1, 4).to_type(ScalarType.BFloat16), null));
    }

    private static void Compare<TInTree, TPlugin>(
        OpTable table, ScalarType dtype, int tokens, int hidden, bool hasResidual, double tolerance)
        where TInTree : RmsNorm
    {
        using var scope = NewDisposeScope();
        var weight = Specs.Random(hidden, ScalarType.Float32, hidden).Floats();
        using var inTree = Specs.Norm<TInTree>(OpTable.InTree(), weight, 1e-6f, dtype);
        using var plugin = Specs.Norm<TInTree>(table, weight, 1e-6f, dtype);
        Assert.Equal(typeof(TInTree), inTree.GetType());
        Assert.Equal(typeof(TPlugin), plugin.GetType());
        var x = Specs.Random(tokens, dtype, tokens, hidden);
        var residual = hasResidual ? Specs.Random(tokens + 1, dtype, tokens, hidden) : null;
        var (expected, actual) = (inTree.Forward(x, residual), plugin.Forward(x, residual));
        Assert.Equal(dtype, actual.Y.dtype);
        Assert.True(
            allclose(expected.Y.@float(), actual.Y.@float(), tolerance, tolerance),
            $"{typeof(TPlugin).Name} [{tokens}, {hidden}] {dtype}");
        Assert.Equal(expected.Residual?.Bits(), actual.Residual?.Bits());
    }
}
