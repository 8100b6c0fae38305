using Gaudi.Hpu.GaudiPlugin.Kernels;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Ops.Kernels;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Ops.InTree;

/// <summary>The reference's hand-checked cases, to its six digits, in both arithmetics.</summary>
public sealed unsafe class MambaScanTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Step_gives_the_hand_checked_case(bool isPlugin)
    {
        var sizes = new MambaSizes(1, 1, 1, 2, 1, 8);
        using var weights = Weights(sizes, [1, 1, 1, 1, 1]);
        using var state = new MambaState(sizes, 1, CPU);
        var s = state.State(0, 0); // [2, 8]
        (s[0], s[8]) = (0.1f, 0.2f);
        var step = Softplus.Of(0.3f + 0.1f);
        Assert.Equal(0.913015, step, 6);
        Assert.Equal(0.221949, Exponential.Of(step * weights.A[0]), 6);
        var row = new float[24]; // x | B | C, each padded to 8
        (row[0], row[8], row[9], row[16], row[17]) = (2, 1, -0.5f, 0.2f, 0.4f);
        var y = new float[8];
        fixed (float* rowAt = row, yAt = y)
            Scan(sizes, isPlugin).Step(state, 0, weights, rowAt, &step, yAt);
        Assert.Equal(1.84823, s[0], 5);
        Assert.Equal(-0.868625, s[8], 6);
        Assert.Equal(1.022195, y[0], 6);
        Assert.All(y[1..], value => Assert.Equal(0, value));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Convolution_gives_the_hand_checked_case(bool isPlugin)
    {
        var sizes = new MambaSizes(1, 1, 1, 1, 4, 8);
        using var weights = Weights(sizes, [0.1f, 0.2f, 0.3f, 0.4f]);
        var inputs = new float[7 * 24]; // three of zero state, then 1 .. 4 in the first channel
        for (var i = 0; i < 4; i++)
            inputs[(3 + i) * 24] = i + 1;
        var y = new float[4 * 24];
        fixed (float* inputsAt = inputs, yAt = y)
            Scan(sizes, isPlugin).Convolve(inputsAt, 4, weights, yAt);
        double[] expected = [0.239475, 0.825286, 1.76159, 2.85772];
        for (var i = 0; i < 4; i++)
            Assert.Equal(expected[i], y[i * 24], 5);
    }

    private static IMambaScan Scan(MambaSizes sizes, bool isPlugin) =>
        isPlugin ? new ChunkedMambaScan(sizes) : new PlainMambaScan();

    private static MambaWeights Weights(MambaSizes sizes, float[] conv)
    {
        using var scope = NewDisposeScope();
        var spec = new MambaSpec("m", ScalarType.Float32, CPU, Specs.Alone(), sizes, HasConvBias: false);
        var weights = new MambaWeights(spec, sizes);
        for (var part = 0; part < 3; part++)
        {
            var length = weights.Slices[part].Length;
            var rows = Enumerable.Repeat(conv[..sizes.ConvWidth], (int)length).SelectMany(row => row).ToArray();
            weights.Load(part, tensor(rows, [length, 1, sizes.ConvWidth]));
        }
        weights.Load(3, tensor(new[] { 0.5f }));
        weights.Load(4, tensor(new[] { 0.5f }));
        weights.Load(5, tensor(new[] { 0.1f }));
        Assert.True(weights.IsLoaded);
        return weights;
    }
}
