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

    /// <summary>Float32 angles up to 300 are within 300 * 6e-8; bfloat16 adds half a unit, 2^-9, to values up to 4.</summary>
    private static readonly (ScalarType Dtype, double Tolerance)[] Types = [(ScalarType.Float32, 2e-5), (ScalarType.BFloat16, 0.004)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_class_turns_by_its_formula(string name)
    {
        var one = RotaryClass.All().Single(each => each.Name == name);
        foreach (var table in new[] { OpTable.InTree(), PluginOps.Table() })
        {
            foreach (var (dtype, tolerance) in Types)
            {
                using var scope = NewDisposeScope();
                using var op = one.Create(table, one.Spec with { Dtype = dtype });
                var x = Specs.Random(7, dtype, Positions.Length, 3 * 16);
                var turned = op.Forward(tensor(Positions), x, x.narrow(1, 0, 16).contiguous());
                Assert.Equal(dtype, turned.Query.dtype);
                Specs.Near(one.Turned(x.Floats(), Positions), turned.Query, tolerance);
                Assert.Equal(turned.Query.narrow(1, 0, 16).contiguous().Bits(), turned.Key.Bits());
            }
        }
    }

    /// <summary>
    /// One token and several, pairs that fill no vector, heads wider than what turns, three query heads to one key. An angle is
    /// within 300 * 6e-8, a pair up to 2.83 long and up to 1.5 times as long when turned: 8e-5.
    /// </summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Every_class_turns_one_token_and_odd_sizes_by_its_formula(string name)
    {
        foreach (var dim in new[] { 12, 20, 22, 28, 44 })
        {
            if (RotaryClass.All(dim).SingleOrDefault(each => each.Name == name) is not { } whole)
                continue;
            var headSize = whole.Name == "llama 4 vision" ? dim : dim + 5;
            var one = whole with { Spec = whole.Spec with { HeadSize = headSize } };
            foreach (var table in new[] { OpTable.InTree(), PluginOps.Table() })
            {
                foreach (var (dtype, tolerance) in new[] { (ScalarType.Float32, 8e-5), (ScalarType.BFloat16, 0.004) })
                {
                    foreach (long[] positions in new long[][] { [0], [1], [288], [5, 0, 288, 17, 5] })
                    {
                        using var scope = NewDisposeScope();
                        using var op = one.Create(table, one.Spec with { Dtype = dtype });
                        var query = Specs.Random(dim, dtype, positions.Length, 3 * headSize);
                        var key = Specs.Random(dim + 1, dtype, positions.Length, headSize);
                        var turned = op.Forward(tensor(positions), query, key);
                        Specs.Near(one.Turned(query.Floats(), positions), turned.Query, tolerance);
                        Specs.Near(one.Turned(key.Floats(), positions), turned.Key, tolerance);
                    }
                }
            }
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
            Assert.Equal($"Hpu{inTree.GetType().Name}", plugin.GetType().Name);
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

    [Fact]
    public void The_plugin_replaces_all_nine_classes() =>
        Assert.Equal(9, RotaryClass.All().Select(one =>
        {
            using var op = one.Create(PluginOps.Table(), one.Spec);
            return op.GetType();
        }).Distinct().Count(type => type.Namespace == "Gaudi.Hpu.GaudiPlugin.Ops"));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Each_pair_turns_by_the_axis_of_its_section(bool isInterleaved)
    {
        // Eight pairs: one after another time 0-1, row 2-4, column 5-7; in turns row 1 4 7, column 2 5, time the others.
        int[] axes = isInterleaved ? [0, 1, 2, 0, 1, 2, 0, 1] : [0, 0, 1, 1, 1, 2, 2, 2];
        var sections = isInterleaved ? new RotarySections(3, 3, 2, true) : new RotarySections(2, 3, 3, false);
        var spec = Specs.Rotary(19, 16, isNeox: true) with { MaxPositions = 300, Scaling = sections };
        foreach (var table in new[] { OpTable.InTree(), PluginOps.Table() })
        {
            foreach (var (dtype, tolerance) in Types)
            {
                foreach (var places in new long[][,] { new long[,] { { 3, 9 }, { 5, 0 }, { 7, 250 } }, new long[,] { { 4 }, { 17 }, { 1 } } })
                {
                    using var scope = NewDisposeScope();
                    using var op = table.Create<MRotaryEmbedding>(spec with { Dtype = dtype });
                    var x = Specs.Random(9, dtype, places.GetLength(1), 19);
                    var expected = x.Floats().Chunk(19).SelectMany((row, token) => RotaryClass.Turned(
                        row, [.. axes.Select((axis, pair) => places[axis, token] * Math.Pow(10_000, -pair / 8.0))], 1, isNeox: true));
                    Specs.Near(expected, op.Forward(tensor(places), x, x).Query, tolerance);
                }
            }
        }
    }

    /// <summary>Qwen3-VL's 24, 20 and 20 of 64 pairs fit; what fits turns as many pairs by each axis as it says, and nothing else does.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Sections_fit_where_each_axis_turns_as_many_pairs_as_it_says(bool isInterleaved)
    {
        Assert.True(new RotarySections(24, 20, 20, isInterleaved).Fits(64));
        for (var pairs = 1; pairs <= 24; pairs++)
        {
            for (var time = 0; time <= pairs; time++)
            {
                for (var row = 0; row <= pairs - time; row++)
                {
                    var sections = new RotarySections(time, row, pairs - time - row, isInterleaved);
                    var turned = Enumerable.Range(0, pairs).Select(sections.AxisOf).ToArray();
                    var isAsSaid = turned.Count(axis => axis == 0) == time && turned.Count(axis => axis == 1) == row;
                    Assert.True(isAsSaid == sections.Fits(pairs), $"{sections} of {pairs}");
                    Assert.False(sections.Fits(pairs + 1));
                }
            }
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
        foreach (var sections in new RotarySections[] { new(2, 3, 4, false), new(2, 3, 2, false), new(2, 4, 2, true), new(2, 3, 3, true) })
        {
            foreach (var table in new[] { OpTable.InTree(), PluginOps.Table() })
                Assert.Throws<InvariantBrokenException>(() => table.Create<MRotaryEmbedding>(spec with { Scaling = sections }));
        }
        Assert.Throws<InvariantBrokenException>(() => OpTable.InTree().Create<Phi3LongRopeScaledRotaryEmbedding>(
            spec with { Scaling = new LongRotaryScaling([1, 2], [1, 2], 100, 1, 1) }));
        Assert.Throws<InvariantBrokenException>(() => OpTable.InTree().Create<Llama4VisionRotaryEmbedding>(
            spec with { IsNeox = false }));
    }
}
