using Gaudi.Hpu;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Ops.InTree;

/// <summary>The small ops of a vision encoder: hand-checkable cases, float64 loops, and the law of a row.</summary>
public sealed class VisionOpTests
{
    [Fact]
    public void Layer_norm_gives_the_hand_checked_case()
    {
        using var scope = NewDisposeScope();
        using var op = Norm(ScalarType.Float32, [1, 2, 1, 1], [0, 0, 0.5f, 0], 0);
        // Mean 2.5, variance 1.25: deviations over the root are -1.341641, -0.447214, 0.447214, 1.341641.
        var y = op.Forward(tensor(new float[] { 1, 2, 3, 4 }, [1, 4]));
        Specs.Near([-1.341641, -0.894427, 0.947214, 1.341641], y, 1e-6);
    }

    [Theory]
    [InlineData(ScalarType.Float32, 3e-6)] // two float32 sums of up to 1280
    [InlineData(ScalarType.BFloat16, 0.004)] // the rounding of the result
    public void Layer_norm_is_that_of_float64_and_a_rows_bits_are_its_own(ScalarType dtype, double tolerance)
    {
        foreach (var hidden in new[] { 1, 7, 64, 1280 })
        {
            using var scope = NewDisposeScope();
            var weight = Specs.Random(1, dtype, hidden).Floats();
            var bias = Specs.Random(2, dtype, hidden).Floats();
            using var op = Norm(dtype, weight, bias, 1e-6f);
            var x = Specs.Random(hidden, dtype, 19, hidden);
            var y = op.Forward(x);
            Assert.Equal(dtype, y.dtype);
            for (var row = 0; row < 19; row++)
            {
                var values = x.narrow(0, row, 1).Floats();
                var mean = values.Average(v => (double)v);
                var root = Math.Sqrt(values.Average(v => (v - mean) * (v - mean)) + 1e-6);
                Specs.Near(
                    values.Select((v, i) => ((v - mean) / root * weight[i]) + bias[i]), y.narrow(0, row, 1), tolerance);
                Assert.Equal(op.Forward(x.narrow(0, row, 1)).Bits(), y.narrow(0, row, 1).Bits());
            }
        }
    }

    [Fact]
    public void Layer_norm_refuses_another_width_and_to_run_unloaded()
    {
        using var scope = NewDisposeScope();
        using var op = Norm(ScalarType.Float32, [1, 1], [0, 0], 0);
        Assert.Throws<InvariantBrokenException>(() => op.Forward(zeros(1, 3)));
        using var empty = OpTable.InTree().Create<LayerNorm>(new LayerNormSpec("n", ScalarType.Float32, CPU, 2, 0));
        Assert.Throws<InvariantBrokenException>(() => empty.Forward(zeros(1, 2)));
    }

    [Fact]
    public void Gelus_are_their_formulas_from_minus_12_to_12()
    {
        using var scope = NewDisposeScope();
        var values = Enumerable.Range(-12000, 24001).Select(i => i / 1000f).ToArray();
        var spec = new ActivationSpec("act", ScalarType.Float32, CPU);
        var quick = OpTable.InTree().Create<QuickGelu>(spec).Forward(tensor(values, [values.Length]));
        var exact = OpTable.InTree().Create<Gelu>(spec).Forward(tensor(values, [values.Length]));
        Specs.Near(values.Select(x => x / (1 + Math.Exp(-1.702 * x))), quick, 1e-6);
        // The published values of the normal distribution: 0.8413447 below 1, 0.9772499 below 2.
        Specs.Near(values.Select(x => x * ShareBelow(x)), exact, 1e-6);
        var known = OpTable.InTree().Create<Gelu>(spec).Forward(tensor(new float[] { 0, 1, -1, 2 }, [4]));
        Specs.Near([0, 0.8413447, -0.1586553, 1.9544998], known, 1e-6);
    }

    [Fact]
    public void Gelu_of_a_value_has_the_same_bits_in_every_place()
    {
        using var scope = NewDisposeScope();
        var spec = new ActivationSpec("act", ScalarType.Float32, CPU);
        ElementwiseForward[] forwards =
            [OpTable.InTree().Create<Gelu>(spec).Forward, OpTable.InTree().Create<QuickGelu>(spec).Forward];
        foreach (var forward in forwards)
        {
            var x = Specs.Random(3, ScalarType.Float32, 3, 13);
            var y = forward(x);
            for (var row = 0; row < 3; row++)
                Assert.Equal(forward(x.narrow(0, row, 1)).Bits(), y.narrow(0, row, 1).Bits());
        }
    }

    [Fact]
    public void Rotation_turns_the_pairs_of_halves_of_every_head_by_the_tokens_angles()
    {
        using var scope = NewDisposeScope();
        var op = OpTable.InTree().Create<ApplyRotaryEmbedding>(
            new RotaryAnglesSpec("rotary", ScalarType.Float32, CPU, HeadSize: 4));
        var x = tensor(new float[] { 1, 2, 3, 4, 5, 6, 7, 8 }, [1, 8]); // two heads
        // Pair 0 by a right angle, pair 1 not at all.
        var y = op.Forward(x, tensor(new float[] { 0, 1 }, [1, 2]), tensor(new float[] { 1, 0 }, [1, 2]));
        Assert.Equal([-3f, 2, 1, 4, -7, 6, 5, 8], y.Floats());
        Assert.Throws<InvariantBrokenException>(() => op.Forward(x, zeros(1, 3), zeros(1, 3)));
        Assert.Throws<InvariantBrokenException>(() => op.Forward(zeros(1, 6), zeros(1, 2), zeros(1, 2)));
    }

    [Fact]
    public void Patch_embedding_is_the_convolution_of_the_patch()
    {
        using var scope = NewDisposeScope();
        foreach (var dtype in new[] { ScalarType.Float32, ScalarType.BFloat16 })
        {
            using var op = OpTable.InTree().Create<PatchEmbedding>(
                new PatchEmbeddingSpec("p", dtype, CPU, ChannelCount: 3, FrameCount: 2, PatchSizePixels: 3, OutputSize: 5));
            Assert.Equal([5L, 3, 2, 3, 3], op.Slices.Single().Shape.ToArray());
            var weight = Specs.Random(1, dtype, 5, 3, 2, 3, 3);
            op.Load(0, weight);
            var x = Specs.Random(2, dtype, 7, 54);
            var y = op.Forward(x.@float());
            Assert.Equal(dtype, y.dtype);
            var (w, p) = (weight.Floats(), x.Floats());
            var expected =
                from row in Enumerable.Range(0, 7)
                from output in Enumerable.Range(0, 5)
                select Enumerable.Range(0, 54).Sum(i => (double)w[(output * 54) + i] * p[(row * 54) + i]);
            Specs.Near(expected, y, dtype == ScalarType.Float32 ? 2e-6 : 0.004);
            Assert.Throws<InvariantBrokenException>(() => op.Forward(zeros(1, 53)));
        }
    }

    private static LayerNorm Norm(ScalarType dtype, float[] weight, float[] bias, float epsilon)
    {
        var op = OpTable.InTree().Create<LayerNorm>(new LayerNormSpec("norm", dtype, CPU, weight.Length, epsilon));
        using var weightValues = tensor(weight);
        using var biasValues = tensor(bias);
        op.Load(0, weightValues);
        op.Load(1, biasValues);
        return op;
    }

    // The integral of the normal density from -14, by Simpson's rule.
    private static double ShareBelow(double x)
    {
        const int Steps = 400;
        const double From = -14;
        var width = (x - From) / Steps;
        var sum = 0.0;
        for (var i = 0; i <= Steps; i++)
        {
            var at = From + (i * width);
            sum += Math.Exp(-at * at / 2) * (i is 0 or Steps ? 1 : i % 2 == 1 ? 4 : 2);
        }
        return sum * width / 3 / Math.Sqrt(2 * Math.PI);
    }
}
