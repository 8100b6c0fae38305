using System.Runtime.Intrinsics;
using Gaudi.Hpu.Ops.Kernels;
using Xunit;

namespace Gaudi.Tests.Hpu.Ops.Kernels;

public sealed class HyperbolicTangentTests
{
    [Fact]
    public void Values_are_within_three_units_in_the_last_place()
    {
        for (var x = -12f; x < 12f; x += 0.000173f)
        {
            var exact = Math.Tanh(x);
            var unit = MathF.BitIncrement(MathF.Abs((float)exact)) - MathF.Abs((float)exact);
            Assert.InRange(HyperbolicTangent.Of(x), exact - (3.0 * unit), exact + (3.0 * unit));
        }
    }

    [Fact]
    public void Limits_are_one_and_a_nan_stays()
    {
        Assert.Equal(1f, HyperbolicTangent.Of(float.PositiveInfinity));
        Assert.Equal(-1f, HyperbolicTangent.Of(float.NegativeInfinity));
        Assert.Equal(0u, BitConverter.SingleToUInt32Bits(HyperbolicTangent.Of(0f)));
        Assert.Equal(0x80000000u, BitConverter.SingleToUInt32Bits(HyperbolicTangent.Of(-0f)));
        Assert.True(float.IsNaN(HyperbolicTangent.Of(float.NaN)));
    }

    [Fact]
    public void Every_lane_gives_the_bits_of_the_scalar()
    {
        var random = new Random(5);
        for (var round = 0; round < 1000; round++)
        {
            var x = Enumerable.Range(0, 8).Select(_ => (float)((random.NextDouble() * 6) - 3)).ToArray();
            var lanes = HyperbolicTangent.Of(Vector256.Create(x));
            for (var lane = 0; lane < 8; lane++)
                Assert.Equal(
                    BitConverter.SingleToUInt32Bits(HyperbolicTangent.Of(x[lane])),
                    BitConverter.SingleToUInt32Bits(lanes[lane]));
        }
    }
}
