using Gaudi.Hpu;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Tests.Hpu.GaudiPlugin;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Ops.InTree;

/// <summary>The nine classes, in-tree and the plugin's, against plain double arithmetic and each other.</summary>
public sealed class RotaryClassTests
{
    private static readonly long[] Positions = [0, 1, 17, 288, 4, 63, 64];

    public static TheoryData<string> Names => [.. RotaryClass.All().Select(one => one.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_class_turns_by_its_formula(string name)
    {
        var one = RotaryClass.All().Single(each => each.Name == name);
        foreach (var table in new[] { OpTable.InTree(), PluginOps.Table() })
        {
            using var scope = NewDisposeScope();
            using var op = one.Create(table, one.Spec);
            var x = Specs.Random(7, ScalarType.Float32, Positions.Length, 3 * 16);
            var turned = op.Forward(tensor(Positions), x, x.narrow(1, 0, 16).contiguous());
            Specs.Near(Expected(one, x.Floats(), heads: 3), turned.Query, 2e-5); // float32 angles up to 300: 300 * 6e-8
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Plugin_agrees_with_the_in_tree_class_and_each_row_is_its_own(string name)
    {
        var one = RotaryClass.All().Single(each => each.Name == name);
        foreach (var (dtype, tolerance) in new[] { (ScalarType.Float32, 1e-6), (ScalarType.BFloat16, 0.0079) }) // one unit each
        {
            using var scope = NewDisposeScope();
            var spec = one.Spec with { Dtype = dtype };
            using var inTree = one.Create(OpTable.InTree(), spec);
            using var plugin = one.Create(PluginOps.Table(), spec);
            Assert.StartsWith("Hpu", plugin.GetType().Name, StringComparison.Ordinal);
            var x = Specs.Random(8, dtype, Positions.Length, 2 * 16);
            var expected = inTree.Forward(tensor(Positions), x, x).Query;
            var actual = plugin.Forward(tensor(Positions), x, x).Query;
            Assert.True(allclose(expected.@float(), actual.@float(), tolerance, tolerance), $"{name} {dtype}");
            for (var row = 0; row < Positions.Length; row++)
            {
                var alone = plugin.Forward(tensor(new[] { Positions[row] }), x.narrow(0, row, 1), x.narrow(0, row, 1)).Query;
                Assert.Equal(actual.narrow(0, row, 1).Bits(), alone.Bits());
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Each_pair_turns_by_the_axis_of_its_section(bool isInterleaved)
    {
        // Eight pairs: one after another time 0-1, row 2-4, column 5-7; in turns row 1 4 7, column 2 5, time the others.
        int[] axes = isInterleaved ? [0, 1, 2, 0, 1, 2, 0, 1] : [0, 0, 1, 1, 1, 2, 2, 2];
        var sections = isInterleaved ? new RotarySections(3, 3, 2, true) : new RotarySections(2, 3, 3, false);
        long[,] places = { { 3, 9 }, { 5, 0 }, { 7, 250 } };
        var spec = Specs.Rotary(16, 16, isNeox: true) with { MaxPositions = 300, Scaling = sections };
        foreach (var table in new[] { OpTable.InTree(), PluginOps.Table() })
        {
            using var scope = NewDisposeScope();
            using var op = table.Create<MRotaryEmbedding>(spec);
            var x = Specs.Random(9, ScalarType.Float32, 2, 16);
            var values = x.Floats();
            var expected = Enumerable.Range(0, 2).SelectMany(token =>
            {
                var row = values[(token * 16)..((token + 1) * 16)];
                var angles = axes.Select((axis, pair) => places[axis, token] * Math.Pow(10_000, -pair / 8.0)).ToArray();
                return Turned(row, angles, 1, isNeox: true);
            });
            Specs.Near(expected, op.Forward(tensor(places), x, x).Query, 2e-5);
        }
    }

    [Fact]
    public void Text_positions_give_the_plain_embeddings_bits()
    {
        using var scope = NewDisposeScope();
        var spec = Specs.Rotary(16, 16, isNeox: true);
        using var plain = PluginOps.Table().Create<RotaryEmbedding>(spec);
        using var three = PluginOps.Table().Create<MRotaryEmbedding>(spec with { Scaling = new RotarySections(2, 3, 3, false) });
        var x = Specs.Random(10, ScalarType.BFloat16, 3, 32);
        long[] at = [0, 5, 900];
        var same = tensor(at.Concat(at).Concat(at).ToArray(), [3, 3]);
        Assert.Equal(plain.Forward(tensor(at), x, x).Query.Bits(), three.Forward(same, x, x).Query.Bits());
        Assert.Equal(plain.Forward(tensor(at), x, x).Query.Bits(), three.Forward(tensor(at), x, x).Query.Bits());
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        var spec = Specs.Rotary(16, 16, isNeox: true) with { MaxPositions = 300 };
        Assert.Throws<InvariantBrokenException>(() => OpTable.InTree().Create<MRotaryEmbedding>(
            spec with { Scaling = new RotarySections(2, 3, 4, false) }));
        Assert.Throws<InvariantBrokenException>(() => OpTable.InTree().Create<Phi3LongRopeScaledRotaryEmbedding>(
            spec with { Scaling = new LongRotaryScaling([1, 2], [1, 2], 100, 1, 1) }));
        Assert.Throws<InvariantBrokenException>(() => OpTable.InTree().Create<Llama4VisionRotaryEmbedding>(
            spec with { IsNeox = false }));
    }

    private static IEnumerable<double> Expected(RotaryClass one, float[] values, int heads) =>
        Positions.SelectMany((position, token) => Enumerable.Range(0, heads).SelectMany(head => Turned(
            values.AsSpan(((token * heads) + head) * 16, 16).ToArray(), one.Angles((int)position), one.ValueFactor, one.Spec.IsNeox)));

    private static double[] Turned(float[] x, double[] angles, double factor, bool isNeox)
    {
        var turned = new double[x.Length];
        for (var i = 0; i < angles.Length; i++)
        {
            var (first, second) = isNeox ? (i, i + angles.Length) : (2 * i, (2 * i) + 1);
            var (cos, sin) = (Math.Cos(angles[i]) * factor, Math.Sin(angles[i]) * factor);
            turned[first] = (x[first] * cos) - (x[second] * sin);
            turned[second] = (x[second] * cos) + (x[first] * sin);
        }
        return turned;
    }
}
