using Gaudi.Hpu;
using Gaudi.Hpu.GaudiPlugin.Ops;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Tests.Hpu.Ops.InTree;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.GaudiPlugin;

/// <summary>
/// The plugin's rotation against the in-tree one: the same products and differences, each rounded once.
/// </summary>
public sealed class HpuRotaryEmbeddingTests
{
    [Theory]
    [InlineData(ScalarType.Float32, 1e-6)]
    [InlineData(ScalarType.BFloat16, 0.0079)] // one unit in the last place
    public void Rotation_agrees_with_the_in_tree_one(ScalarType dtype, double tolerance)
    {
        var table = PluginOps.Table();
        foreach (var headSize in new[] { 8, 32, 80, 128, 512, 1024 })
        {
            foreach (var rotaryDim in new[] { 8, 6, headSize })
            {
                foreach (var isNeox in new[] { true, false })
                {
                    using var scope = NewDisposeScope();
                    var spec = Specs.Rotary(headSize, rotaryDim, isNeox, dtype) with { Theta = 500000 };
                    using var inTree = OpTable.InTree().Create<RotaryEmbedding>(spec);
                    using var plugin = table.Create<RotaryEmbedding>(spec);
                    Assert.IsType<HpuRotaryEmbedding>(plugin);
                    var positions = tensor(new long[] { 0, 1, 17, 4095, 4 });
                    var query = Specs.Random(headSize, dtype, 5, 3 * headSize);
                    var key = Specs.Random(headSize + 1, dtype, 5, headSize);
                    var expected = inTree.Forward(positions, query, key);
                    var actual = plugin.Forward(positions, query, key);
                    foreach (var (one, other) in new[] { (expected.Query, actual.Query), (expected.Key, actual.Key) })
                    {
                        Assert.Equal(one.shape, other.shape);
                        Assert.Equal(one.dtype, other.dtype);
                        Assert.True(
                            allclose(one.@float(), other.@float(), tolerance, tolerance),
                            $"head {headSize} rotary {rotaryDim} neox {isNeox} {dtype}");
                    }
                }
            }
        }
    }

    [Fact]
    public void Rotation_gives_the_hand_checked_cases_and_leaves_its_inputs()
    {
        using var scope = NewDisposeScope();
        using var neox = PluginOps.Table().Create<RotaryEmbedding>(Specs.Rotary(4, 4, isNeox: true));
        using var pairs = PluginOps.Table().Create<RotaryEmbedding>(Specs.Rotary(4, 4, isNeox: false));
        var x = tensor(new float[] { 1, 2, 3, 4 }, [1, 4]);
        Specs.Near([-1.41335, 1.87912, -2.82886, 4.05819], neox.Forward(tensor(new[] { 3L }), x, x).Query, 5e-6);
        Specs.Near([-1.27223, -1.83886, 2.87867, 4.08819], pairs.Forward(tensor(new[] { 3L }), x, x).Key, 5e-6);
        Assert.Equal([1f, 2, 3, 4], x.Floats());
    }

    /// <summary>However many pairs fill a vector, each value is two products and their sum, each rounded once, and then stored.</summary>
    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void Pairs_turn_to_the_bits_of_a_loop_over_single_values(ScalarType dtype)
    {
        for (var rotaryDim = 2; rotaryDim <= 70; rotaryDim += 2)
        {
            foreach (var isNeox in new[] { true, false })
            {
                using var scope = NewDisposeScope();
                var headSize = rotaryDim + 3;
                using var op = PluginOps.Table().Create<RotaryEmbedding>(Specs.Rotary(headSize, rotaryDim, isNeox, dtype));
                var x = Specs.Random(rotaryDim, dtype, 1, 2 * headSize);
                var expected = x.Floats().Chunk(headSize).SelectMany(head => OneByOne(head, rotaryDim, 77, isNeox)).ToArray();
                var turned = op.Forward(tensor(new[] { 77L }), x, x).Query;
                Assert.Equal(tensor(expected).to_type(dtype).Bits(), turned.reshape(-1).Bits());
            }
        }
    }

    private static float[] OneByOne(float[] head, int rotaryDim, int position, bool isNeox)
    {
        var (half, turned) = (rotaryDim / 2, (float[])head.Clone());
        for (var i = 0; i < half; i++)
        {
            var angle = position * (float)Math.Pow(10_000, -2.0 * i / rotaryDim);
            var (cos, sin) = ((float)Math.Cos(angle), (float)Math.Sin(angle));
            var (first, second) = isNeox ? (i, half + i) : (2 * i, (2 * i) + 1);
            turned[first] = (head[first] * cos) - (head[second] * sin);
            turned[second] = (head[second] * cos) + (head[first] * sin);
        }
        return turned;
    }

    [Fact]
    public void Positions_and_widths_outside_are_refused()
    {
        using var scope = NewDisposeScope();
        using var op = PluginOps.Table().Create<RotaryEmbedding>(Specs.Rotary(4, 4, isNeox: true));
        Assert.Throws<InvariantBrokenException>(() => op.Forward(tensor(new[] { 4096L }), zeros(1, 4), zeros(1, 4)));
        Assert.Throws<InvariantBrokenException>(() => op.Forward(tensor(new[] { -1L }), zeros(1, 4), zeros(1, 4)));
        Assert.Throws<InvariantBrokenException>(() => op.Forward(tensor(new[] { 0L }), zeros(1, 6), zeros(1, 4)));
    }
}
