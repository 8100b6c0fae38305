using Gaudi.Hpu.Ops.Kernels;
using Xunit;

namespace Gaudi.Tests.Hpu.Ops.Kernels;

/// <summary>The authors' known answers (Random123, kat_vectors, philox4x32 10).</summary>
public sealed class PhiloxTests
{
    [Theory]
    [InlineData(0u, 0u, 0u, 0u, 0ul, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [InlineData(
        uint.MaxValue, uint.MaxValue, uint.MaxValue, uint.MaxValue, ulong.MaxValue,
        0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [InlineData(
        0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u, 0x299f31d0_a4093822ul,
        0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u)]
    public void Blocks_are_the_known_answers(
        uint c0, uint c1, uint c2, uint c3, ulong key, uint w0, uint w1, uint w2, uint w3) =>
        Assert.Equal(new Philox.Block(w0, w1, w2, w3), Philox.At(new Philox.Block(c0, c1, c2, c3), key));

    [Fact]
    public void Noise_differs_in_every_argument_and_has_mean_one()
    {
        var noise = new DrawNoise(1, 2, 3);
        Assert.Equal(noise.Exponential(4), new DrawNoise(1, 2, 3).Exponential(4));
        var others = new[]
        {
            new DrawNoise(2, 2, 3).Exponential(4), new DrawNoise(1, 3, 3).Exponential(4),
            new DrawNoise(1, 2, 4).Exponential(4),
            noise.Exponential(5), noise.Exponential(6), new DrawNoise(1L << 40, 2, 3).Exponential(4),
        };
        Assert.Equal(others.Length, others.Append(noise.Exponential(4)).Distinct().Count() - 1);
        var mean = Enumerable.Range(0, 100_000).Average(noise.Exponential);
        Assert.InRange(mean, 0.98, 1.02); // standard deviation of the mean: 0.003
    }
}
