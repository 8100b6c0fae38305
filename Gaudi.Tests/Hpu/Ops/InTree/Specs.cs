using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Ops.InTree;

/// <summary>Ops built through the table, as everywhere, with loaded weights.</summary>
internal static class Specs
{
    public static RankLane Alone() => new(new SingleRankCollective(epoch: 1));

    public static T Norm<T>(OpTable table, float[] weight, float epsilon, ScalarType dtype = ScalarType.Float32)
        where T : RmsNorm
    {
        var op = table.Create<T>(new RmsNormSpec("norm", dtype, CPU, weight.Length, epsilon));
        using var values = tensor(weight);
        op.Load(0, values);
        return op;
    }

    public static RotarySpec Rotary(int headSize, int rotaryDim, bool isNeox, ScalarType dtype = ScalarType.Float32) =>
        new("rotary", dtype, CPU, headSize, rotaryDim, MaxPositions: 4096, Theta: 10000, isNeox);

    public static Tensor Random(int seed, ScalarType dtype, params long[] shape)
    {
        using var scope = NewDisposeScope();
        var random = new Random(seed);
        var values = new float[shape.Aggregate(1L, (product, one) => product * one)];
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)((random.NextDouble() * 4) - 2);
        return tensor(values, shape).to_type(dtype).MoveToOuterDisposeScope();
    }

    public static float[] Floats(this Tensor x)
    {
        using var wide = x.to_type(ScalarType.Float32);
        using var flat = wide.contiguous();
        return [.. flat.data<float>()];
    }

    /// <summary>The bits, so that equality is exact and a NaN equals itself.</summary>
    public static uint[] Bits(this Tensor x) => [.. x.Floats().Select(BitConverter.SingleToUInt32Bits)];

    public static void Near(IEnumerable<double> expected, Tensor actual, double tolerance)
    {
        var values = actual.Floats();
        Assert.Equal(expected.Count(), values.Length);
        Assert.All(expected.Zip(values), pair => Assert.InRange(
            pair.Second, pair.First - (tolerance * Math.Max(1, Math.Abs(pair.First))),
            pair.First + (tolerance * Math.Max(1, Math.Abs(pair.First)))));
    }
}
