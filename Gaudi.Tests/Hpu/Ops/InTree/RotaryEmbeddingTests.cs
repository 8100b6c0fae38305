using Gaudi.Hpu;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Ops.InTree;

/// <summary>The cases of the reference's appendix, and the published scaling rules.</summary>
public sealed class RotaryEmbeddingTests
{
    [Theory]
    [InlineData(true, new[] { -1.41335, 1.87912, -2.82886, 4.05819 })]
    [InlineData(false, new[] { -1.27223, -1.83886, 2.87867, 4.08819 })]
    public void Rotation_gives_the_hand_checked_case(bool isNeox, double[] expected)
    {
        using var scope = NewDisposeScope();
        using var op = OpTable.InTree().Create<RotaryEmbedding>(Specs.Rotary(4, 4, isNeox));
        var x = tensor(new float[] { 1, 2, 3, 4 }, [1, 4]);
        var output = op.Forward(tensor(new[] { 3L }), x, x);
        Specs.Near(expected, output.Query, 5e-6);
        Specs.Near(expected, output.Key, 5e-6);
        Assert.Equal([1f, 2, 3, 4], x.Floats());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Dimensions_past_the_rotary_ones_are_copied_and_the_others_turn_as_a_smaller_head(bool isNeox)
    {
        using var scope = NewDisposeScope();
        using var partial = OpTable.InTree().Create<RotaryEmbedding>(Specs.Rotary(10, 4, isNeox));
        using var whole = OpTable.InTree().Create<RotaryEmbedding>(Specs.Rotary(4, 4, isNeox));
        var x = Specs.Random(1, ScalarType.Float32, 3, 20); // two heads of 10
        var positions = tensor(new long[] { 0, 5, 4095 });
        var turned = partial.Forward(positions, x, x).Query.reshape(3, 2, 10);
        var heads = x.reshape(3, 2, 10);
        Assert.Equal(heads.narrow(-1, 4, 6).Bits(), turned.narrow(-1, 4, 6).Bits());
        var small = heads.narrow(-1, 0, 4).reshape(3, 8);
        Assert.Equal(whole.Forward(positions, small, small).Query.Bits(), turned.narrow(-1, 0, 4).reshape(3, 8).Bits());
    }

    [Fact]
    public void Position_zero_changes_nothing()
    {
        using var scope = NewDisposeScope();
        using var op = OpTable.InTree().Create<RotaryEmbedding>(Specs.Rotary(8, 8, isNeox: true));
        var x = Specs.Random(3, ScalarType.BFloat16, 1, 16);
        Assert.Equal(x.Bits(), op.Forward(tensor(new[] { 0L }), x, x).Query.Bits());
    }

    [Fact]
    public void Linear_scaling_divides_positions_by_the_factor()
    {
        using var scope = NewDisposeScope();
        var spec = Specs.Rotary(8, 8, isNeox: true);
        using var plain = OpTable.InTree().Create<RotaryEmbedding>(spec);
        using var scaled = OpTable.InTree().Create<LinearScalingRotaryEmbedding>(
            spec with { Scaling = new LinearRotaryScaling(4) });
        var x = Specs.Random(4, ScalarType.Float32, 1, 8);
        var expected = plain.Forward(tensor(new[] { 3L }), x, x).Query;
        var actual = scaled.Forward(tensor(new[] { 12L }), x, x).Query;
        Specs.Near(expected.Floats().Select(value => (double)value), actual, 1e-6);
    }

    [Fact]
    public void A_token_outside_the_table_is_refused()
    {
        using var scope = NewDisposeScope();
        using var op = OpTable.InTree().Create<RotaryEmbedding>(Specs.Rotary(4, 4, isNeox: true));
        Assert.ThrowsAny<Exception>(() => op.Forward(tensor(new[] { 4096L }), zeros(1, 4), zeros(1, 4)));
        Assert.Throws<InvariantBrokenException>(() => op.Forward(tensor(new[] { 0L }), zeros(1, 6), zeros(1, 4)));
    }

    [Theory]
    [InlineData(4, 3)]
    [InlineData(4, 6)]
    [InlineData(4, 0)]
    public void An_odd_or_too_large_rotary_dimension_is_refused(int headSize, int rotaryDim) =>
        Assert.Throws<InvariantBrokenException>(
            () => OpTable.InTree().Create<RotaryEmbedding>(Specs.Rotary(headSize, rotaryDim, isNeox: true)));
}
