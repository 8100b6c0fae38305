using Gaudi.Hpu;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Tests.Hpu.Collectives;
using Gaudi.Tests.Hpu.GaudiPlugin;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Ops.InTree;

/// <summary>The gated norm in tree and in the plugin: the reference's case, float64, and the same bits on any ranks.</summary>
public sealed class Mixer2RmsNormGatedTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Norm_gives_the_hand_checked_case(bool isPlugin)
    {
        using var scope = NewDisposeScope();
        using var op = Build(isPlugin, new SingleRankCollective(1), ScalarType.Float32, 2, 1, 1e-5f, ones(2));
        var y = op.Forward(tensor(new float[] { 1, 2 }, [1, 2]), tensor(new[] { 0.5f, -1 }, [1, 2]));
        Specs.Near([0.708254, -1.22404], y, 5e-6);
    }

    // 1e-5 in float32: a sum of some thousand squares. 2^-6 in bfloat16: rounded before and after the weight.
    [Theory]
    [InlineData(false, ScalarType.Float32, 1e-5)]
    [InlineData(true, ScalarType.Float32, 1e-5)]
    [InlineData(false, ScalarType.BFloat16, 0.0157)]
    [InlineData(true, ScalarType.BFloat16, 0.0157)]
    public void Norm_is_the_formula_over_every_group(bool isPlugin, ScalarType dtype, double tolerance)
    {
        foreach (var (hidden, groups) in new[] { (8, 1), (24, 3), (770, 1), (770, 7), (4096, 8), (96, 16), (5, 5) })
        {
            foreach (var tokens in new[] { 1, 7 })
            {
                using var scope = NewDisposeScope();
                var (x, gate) = (Specs.Random(1, dtype, tokens, hidden), Specs.Random(2, dtype, tokens, hidden));
                var weight = Specs.Random(3, dtype, hidden);
                using var op = Build(isPlugin, new SingleRankCollective(1), dtype, hidden, groups, 1e-5f, weight);
                var y = op.Forward(x, gate);
                Assert.Equal(dtype, y.dtype);
                Specs.Near(Truth(x, gate, weight, groups), y, tolerance);
            }
        }
    }

    [Theory]
    [InlineData(false, ScalarType.Float32)]
    [InlineData(true, ScalarType.Float32)]
    [InlineData(true, ScalarType.BFloat16)]
    public void Ranks_give_the_bits_of_the_whole_whether_groups_span_them_or_not(bool isPlugin, ScalarType dtype)
    {
        foreach (var (hidden, groups) in new[] { (64, 1), (200, 1), (200, 2), (72, 3), (64, 4), (4096, 8), (400, 10) })
        {
            using var scope = NewDisposeScope();
            var (x, gate) = (Specs.Random(1, dtype, 5, hidden), Specs.Random(2, dtype, 5, hidden));
            var weight = Specs.Random(3, dtype, hidden);
            var whole = Run(1)[0];
            foreach (var worldSize in new[] { 2, 4, 8 })
            {
                Assert.True(
                    whole.Bits().SequenceEqual(cat(Run(worldSize), 1).Bits()), $"{groups} of {hidden}, {worldSize} ranks");
            }

            Tensor[] Run(int worldSize)
            {
                var hub = new InProcessCollectiveHub();
                var width = hidden / worldSize;
                return RankThreads.Run(
                    [.. Enumerable.Range(0, worldSize).Select(rank => hub.Join(rank, worldSize, 1))], rank =>
                    {
                        using var op = Build(isPlugin, rank, dtype, hidden, groups, 1e-5f, weight);
                        var first = rank.Rank * width;
                        return op.Forward(x.narrow(1, first, width), gate.narrow(1, first, width));
                    });
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_rows_bits_do_not_depend_on_its_neighbours_or_its_strides(bool isPlugin)
    {
        using var scope = NewDisposeScope();
        var weight = Specs.Random(1, ScalarType.Float32, 771);
        using var op = Build(isPlugin, new SingleRankCollective(1), ScalarType.Float32, 771, 3, 1e-6f, weight);
        var x = Specs.Random(2, ScalarType.Float32, 9, 1000).narrow(1, 100, 771);
        var together = op.Forward(x, x);
        for (var row = 0; row < 9; row++)
        {
            var alone = x.narrow(0, row, 1).contiguous();
            Assert.Equal(op.Forward(alone, alone).Bits(), together.narrow(0, row, 1).Bits());
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Without_a_norm_values_are_gated_and_there_is_no_weight(bool isPlugin)
    {
        using var scope = NewDisposeScope();
        using var op = Build(isPlugin, new SingleRankCollective(1), ScalarType.BFloat16, 3, 1, null, null);
        Assert.Empty(op.Slices);
        Assert.Equal(0, op.WeightBytes);
        var x = tensor(new float[] { 1, 2, 3 }, [1, 3]).bfloat16();
        var y = op.Forward(x, tensor(new float[] { 0, 1, -1 }, [1, 3]).bfloat16());
        Assert.Equal(ScalarType.BFloat16, y.dtype);
        Specs.Near([0, 2 * 0.731059, -3 * 0.268941], y, 0.004); // half a unit of bfloat16
    }

    [Fact]
    public void Groups_that_do_not_split_and_rows_of_another_width_are_refused()
    {
        using var scope = NewDisposeScope();
        var alone = new SingleRankCollective(1);
        var error = Assert.Throws<InvariantBrokenException>(
            () => Build(false, alone, ScalarType.Float32, 10, 3, 1e-5f, null));
        Assert.Contains("10 values do not split into 3 groups", error.Message);
        using var op = Build(false, alone, ScalarType.Float32, 4, 2, 1e-5f, null);
        Assert.Throws<InvariantBrokenException>(() => op.Forward(zeros(1, 4), zeros(1, 4))); // no weight yet
        Assert.Throws<InvariantBrokenException>(() => op.Forward(zeros(1, 5), zeros(1, 5)));
        Assert.Throws<InvariantBrokenException>(() => op.Forward(zeros(2, 4), zeros(1, 4)));
    }

    private static IEnumerable<double> Truth(Tensor x, Tensor gate, Tensor weight, int groups)
    {
        var (values, gates, weights) = (x.Floats(), gate.Floats(), weight.Floats());
        var groupSize = weights.Length / groups;
        for (var first = 0; first < values.Length; first += groupSize)
        {
            var meanSquare = Enumerable.Range(first, groupSize).Sum(j => Gated(j) * Gated(j)) / groupSize;
            for (var i = first; i < first + groupSize; i++)
                yield return weights[i % weights.Length] * Gated(i) / Math.Sqrt(meanSquare + 1e-5);
        }

        double Gated(int i) => values[i] * (double)gates[i] / (1 + Math.Exp(-gates[i]));
    }

    private static Mixer2RmsNormGated Build(
        bool isPlugin, ICollective rank, ScalarType dtype, int hidden, int groups, float? epsilon, Tensor? weight)
    {
        var table = isPlugin ? PluginOps.Table() : OpTable.InTree();
        var op = table.Create<Mixer2RmsNormGated>(
            new GatedNormSpec("mixer.norm", dtype, CPU, new RankLane(rank), hidden, groups, epsilon));
        if (weight is not null)
            op.Load(0, weight.narrow(0, op.Slices[0].Start, op.Slices[0].Length));
        return op;
    }
}
