using System.Runtime.Intrinsics;
using Gaudi.Hpu.Ops.Kernels;
using Xunit;

namespace Gaudi.Tests.Hpu.Ops.Kernels;

public sealed class ExponentialTests
{
    [Fact]
    public void Values_are_within_two_units_in_the_last_place()
    {
        for (var x = -87.3f; x < 88.3f; x += 0.00137f)
        {
            var exact = Math.Exp(x);
            var unit = MathF.BitIncrement((float)exact) - (double)(float)exact;
            Assert.InRange(Exponential.Of(x), exact - (2 * unit), exact + (2 * unit));
        }
    }

    [Fact]
    public void Limits_are_zero_one_and_a_nan_that_stays()
    {
        Assert.Equal(0f, Exponential.Of(float.NegativeInfinity));
        Assert.Equal(0f, Exponential.Of(-88f));
        Assert.Equal(1f, Exponential.Of(0f));
        Assert.Equal(1f, Exponential.Of(-0f));
        Assert.True(float.IsNaN(Exponential.Of(float.NaN)));
        Assert.True(float.IsFinite(Exponential.Of(1000f)));
    }

    [Fact]
    public void Every_lane_gives_the_bits_of_the_scalar()
    {
        var random = new Random(5);
        for (var round = 0; round < 1000; round++)
        {
            var x = Enumerable.Range(0, 8).Select(_ => (float)((random.NextDouble() * 180) - 90)).ToArray();
            var lanes = Exponential.Of(Vector256.Create(x));
            for (var lane = 0; lane < 8; lane++)
                Assert.Equal(
                    BitConverter.SingleToUInt32Bits(Exponential.Of(x[lane])),
                    BitConverter.SingleToUInt32Bits(lanes[lane]));
        }
    }
}
