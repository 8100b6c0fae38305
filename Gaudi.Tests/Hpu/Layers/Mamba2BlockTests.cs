using Gaudi.Hpu;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Layers;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Tests.Hpu.Collectives;
using Gaudi.Tests.Hpu.GaudiPlugin;
using Gaudi.Tests.Hpu.Ops.InTree;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Layers;

/// <summary>The whole layer: the same bits on any number of ranks, and what a plain float64 layer computes.</summary>
public sealed class Mamba2BlockTests
{
    private const int Hidden = 24;
    private const string Prefix = "model.layers.0.mamba";

    [Theory]
    [InlineData(false, 1, ScalarType.Float32)]
    [InlineData(true, 1, ScalarType.Float32)]
    [InlineData(true, 4, ScalarType.Float32)]
    [InlineData(false, 8, ScalarType.Float32)]
    [InlineData(true, 1, ScalarType.BFloat16)]
    [InlineData(true, 4, ScalarType.BFloat16)]
    public void Ranks_all_give_the_bits_of_the_whole_in_prompt_and_decode(bool isPlugin, int groups, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        var shape = Shape(groups);
        var whole = Run(1, isPlugin, shape, dtype)[0];
        foreach (var worldSize in new[] { 2, 4, 8 }.Where(size => groups == 1 || groups % size == 0))
            Assert.All(Run(worldSize, isPlugin, shape, dtype), rank => Assert.Equal(whole.Bits(), rank.Bits()));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Layer_computes_its_formulas(int groups)
    {
        using var scope = NewDisposeScope();
        var shape = Shape(groups);
        var expected = Truth(shape);
        // 2e-4 of the values' size: the projections, the scan and the norm each round.
        Specs.Near(expected, Run(1, false, shape, ScalarType.Float32)[0], 2e-4);
        Specs.Near(expected, Run(2, true, shape, ScalarType.Float32)[1], 2e-4);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Slices_of_all_ranks_cover_the_checkpoints_tensors(int groups)
    {
        var shape = Shape(groups);
        foreach (var worldSize in new[] { 1, 2, 4 })
        {
            var slices = Enumerable.Range(0, worldSize).SelectMany(rank =>
            {
                using var ops = Ops(new SilentRank(rank, worldSize), false, ScalarType.Float32);
                _ = new Mamba2Block(ops, Prefix, shape);
                return ops.Weighted.SelectMany(op => op.Slices).ToArray();
            }).ToLookup(slice => slice.Name[(Prefix.Length + 1)..]);
            Assert.Equal(
                ["A_log", "D", "conv1d.bias", "conv1d.weight", "dt_bias", "in_proj.bias", "in_proj.weight", "norm.weight",
                    "out_proj.bias", "out_proj.weight"],
                slices.Select(one => one.Key).Order(StringComparer.Ordinal));
            foreach (var name in slices)
            {
                var first = name.First();
                var owned = name.SelectMany(slice => Enumerable.Range((int)slice.Start, (int)slice.Length));
                Assert.All(name, slice => Assert.True(first.Shape.SequenceEqual(slice.Shape)));
                Assert.Equal(Enumerable.Range(0, (int)first.Shape[first.Dimension]), owned.Distinct().Order());
            }
        }
    }

    private static Mamba2Shape Shape(int groups) =>
        new(Hidden, new MambaSizes(8, 6, groups, 5, 4, 8), HasBias: true, HasConvBias: true, NormEpsilon: 1e-5);

    private static LayerOps Ops(ICollective rank, bool isPlugin, ScalarType dtype) =>
        new(isPlugin ? PluginOps.Table() : OpTable.InTree(), dtype, CPU, new RankLane(rank));

    // A prompt of 21 in two steps, then three generated tokens.
    private static Tensor[] Run(int worldSize, bool isPlugin, Mamba2Shape shape, ScalarType dtype)
    {
        var hub = new InProcessCollectiveHub();
        return RankThreads.Run(
            [.. Enumerable.Range(0, worldSize).Select(rank => hub.Join(rank, worldSize, 1))], rank =>
            {
                using var scope = NewDisposeScope();
                using var ops = Ops(rank, isPlugin, dtype);
                var block = new Mamba2Block(ops, Prefix, shape);
                foreach (var op in ops.Weighted)
                {
                    foreach (var (i, slice) in op.Slices.Index())
                    {
                        var whole = Weight(slice.Name[(Prefix.Length + 1)..], [.. slice.Shape]);
                        op.Load(i, whole.narrow(slice.Dimension, slice.Start, slice.Length));
                    }
                }
                using var state = new MambaState(block.Sizes, 1, CPU);
                var x = Specs.Random(99, dtype, 24, Hidden);
                var steps = new[] { (0, 13), (13, 21), (21, 22), (22, 24) };
                return cat(
                    [.. steps.Select(step => block.Forward(
                        x[step.Item1..step.Item2], state,
                        MambaCase.Rows(
                            step.Item1 < 21 ? TokenRole.Prompt : TokenRole.Generated, 0, step.Item1, step.Item2)))],
                    0).MoveToOuterDisposeScope();
            });
    }

    private static Tensor Weight(string name, params long[] shape)
    {
        var scale = name switch { "in_proj.weight" or "out_proj.weight" => 0.2, _ => 1 };
        return Specs.Random(name.Sum(letter => letter), ScalarType.Float32, shape).mul_(scale);
    }

    private static double[] Truth(Mamba2Shape shape)
    {
        var s = shape.Sizes;
        var (inner, channels) = (s.InnerSize, s.ChannelCount);
        var rows = inner + channels + s.HeadCount;
        var x = Specs.Random(99, ScalarType.Float32, 24, Hidden).Floats();
        var (w, bias) = (Weight("in_proj.weight", rows, Hidden).Floats(), Weight("in_proj.bias", rows).Floats());
        var conv = Weight("conv1d.weight", channels, 1, s.ConvWidth).Floats();
        var convBias = Weight("conv1d.bias", channels).Floats();
        var (aLog, d) = (Weight("A_log", s.HeadCount).Floats(), Weight("D", s.HeadCount).Floats());
        var (dtBias, norm) = (Weight("dt_bias", s.HeadCount).Floats(), Weight("norm.weight", inner).Floats());
        var (o, oBias) = (Weight("out_proj.weight", Hidden, inner).Floats(), Weight("out_proj.bias", Hidden).Floats());
        double Silu(double v) => v / (1 + Math.Exp(-v));
        var projected = new double[24][];
        var states = new double[s.HeadCount, s.HeadDim, s.StateSize];
        var y = new List<double>();
        for (var t = 0; t < 24; t++)
        {
            projected[t] = [.. Enumerable.Range(0, rows).Select(row => bias[row]
                + Enumerable.Range(0, Hidden).Sum(k => (double)x[(t * Hidden) + k] * w[(row * Hidden) + k]))];
            double[] mixed = [.. Enumerable.Range(0, channels).Select(channel => Silu(convBias[channel]
                + Enumerable.Range(0, s.ConvWidth).Where(j => t + j >= s.ConvWidth - 1).Sum(j =>
                    projected[t + j - s.ConvWidth + 1][inner + channel] * conv[(channel * s.ConvWidth) + j])))];
            var gated = new double[inner];
            for (var i = 0; i < inner; i++)
            {
                var (head, p) = (i / s.HeadDim, i % s.HeadDim);
                var group = head / (s.HeadCount / s.GroupCount);
                var dt = Math.Log(1 + Math.Exp(projected[t][inner + channels + head] + dtBias[head]));
                var sum = d[head] * mixed[i];
                for (var n = 0; n < s.StateSize; n++)
                {
                    var b = mixed[inner + (group * s.StateSize) + n];
                    ref var one = ref states[head, p, n];
                    one = (one * Math.Exp(-dt * Math.Exp(aLog[head]))) + (dt * b * mixed[i]);
                    sum += one * mixed[inner + s.GroupedSize + (group * s.StateSize) + n];
                }
                gated[i] = sum * Silu(projected[t][i]);
            }
            var size = inner / s.GroupCount;
            double[] normed = [.. gated.Select((value, i) => norm[i] * value / Math.Sqrt(
                (gated.Skip(i / size * size).Take(size).Sum(v => v * v) / size) + 1e-5))];
            y.AddRange(Enumerable.Range(0, Hidden).Select(row =>
                oBias[row] + Enumerable.Range(0, inner).Sum(k => normed[k] * o[(row * inner) + k])));
        }
        return [.. y];
    }
}
