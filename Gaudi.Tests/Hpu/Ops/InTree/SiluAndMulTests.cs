using Gaudi.Hpu;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Ops.InTree;

public sealed class SiluAndMulTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(13)]
    [InlineData(96)]
    public void Product_is_the_formulas_to_float32_precision(int size)
    {
        using var scope = NewDisposeScope();
        var op = OpTable.InTree().Create<SiluAndMul>(new ActivationSpec("act", ScalarType.Float32, CPU));
        var x = Specs.Random(size, ScalarType.Float32, 5, 2 * size) * 8;
        var values = x.Floats().Select(value => (double)value).ToArray();
        var expected = Enumerable.Range(0, 5).SelectMany(row => Enumerable.Range(0, size).Select(i =>
        {
            var gate = values[(row * 2 * size) + i];
            return gate / (1 + Math.Exp(-gate)) * values[(row * 2 * size) + size + i];
        }));
        Specs.Near(expected, op.Forward(x), 1e-6);
    }

    [Fact]
    public void Values_have_the_same_bits_wherever_they_lie_in_a_row()
    {
        using var scope = NewDisposeScope();
        var op = OpTable.InTree().Create<SiluAndMul>(new ActivationSpec("act", ScalarType.Float32, CPU));
        var x = Specs.Random(6, ScalarType.Float32, 4, 2, 24); // gates and values of 24
        var whole = op.Forward(x.reshape(4, 48)); // [4, 24]
        foreach (var (start, length) in new[] { (0, 12), (12, 12), (3, 7), (23, 1) })
        {
            var part = op.Forward(x.narrow(2, start, length).reshape(4, 2 * length)); // [4, length]
            Assert.Equal(whole.narrow(1, start, length).Bits(), part.Bits());
        }
    }

    [Fact]
    public void Extreme_gates_give_limits_not_nan()
    {
        using var scope = NewDisposeScope();
        var op = OpTable.InTree().Create<SiluAndMul>(new ActivationSpec("act", ScalarType.Float32, CPU));
        var y = op.Forward(tensor(new[] { 1000f, -1000f, 0f, 3f, 3f, 3f }, [1, 6])).Floats();
        Assert.Equal(3000f, y[0]);
        Assert.InRange(y[1], -1e-30f, 0);
        Assert.Equal(0f, y[2]);
    }

    [Fact]
    public void A_row_that_does_not_halve_is_refused()
    {
        using var scope = NewDisposeScope();
        var op = OpTable.InTree().Create<SiluAndMul>(new ActivationSpec("act", ScalarType.Float32, CPU));
        Assert.Throws<InvariantBrokenException>(() => op.Forward(zeros(2, 5)));
    }
}
