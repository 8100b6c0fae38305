using CsCheck;
using Gaudi.Hpu.Ops.Kernels;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Ops.Kernels;

/// <summary>A search for the nearest of all values, in float64, is the reference; libtorch's conversion is another.</summary>
public sealed class E4m3Tests
{
    private static readonly Gen<float> AnyBits = Gen.UInt.Select(BitConverter.UInt32BitsToSingle);
    private static readonly Gen<float> Usual = Gen.Float[-600, 600];
    private static readonly Gen<float> Tiny = Gen.Float[-0.04f, 0.04f];

    [Theory]
    [InlineData(448)]
    [InlineData(240)]
    public void Every_code_within_the_range_comes_back(float max)
    {
        for (var code = 0; code < 256; code++)
        {
            var value = E4m3.Decode((byte)code);
            if (float.IsNaN(value))
                Assert.Equal((0x7F, 0x7F), (code & 0x7F, E4m3.Encode(value, max) & 0x7F));
            else if (Math.Abs(value) <= max)
                Assert.Equal(code, E4m3.Encode(value, max));
            else
                Assert.Equal(MathF.CopySign(max, value), E4m3.Decode(E4m3.Encode(value, max)));
        }
        Assert.Equal([0x77, 0x7E], new[] { E4m3.Encode(240, 448), E4m3.Encode(448, 448) }.Select(code => (int)code));
    }

    [Theory]
    [InlineData(448)]
    [InlineData(240)]
    public void Any_number_becomes_the_nearest_and_a_tie_the_even_code(float max) =>
        Gen.OneOf(AnyBits, Usual, Tiny).Where(value => !float.IsNaN(value)).Sample(
            value => Assert.Equal(Nearest(value, max), E4m3.Encode(value, max)), iter: 20_000);

    [Fact]
    public void Half_way_between_neighbours_the_even_code_stands()
    {
        for (var code = 0; code < 126; code++)
        {
            var middle = (E4m3.Decode((byte)code) + E4m3.Decode((byte)(code + 1))) / 2;
            var even = (byte)(code + (code & 1));
            Assert.Equal(even, E4m3.Encode(middle, 448));
            Assert.Equal(code, E4m3.Encode(MathF.BitDecrement(middle), 448));
            Assert.Equal(code + 1, E4m3.Encode(MathF.BitIncrement(middle), 448));
            Assert.Equal(even | 0x80, E4m3.Encode(-middle, 448));
        }
    }

    [Fact]
    public void Infinity_becomes_the_ranges_end_and_only_what_is_no_number_none()
    {
        foreach (var max in new[] { 240f, 448f })
        {
            foreach (var value in new[] { float.PositiveInfinity, float.MaxValue, float.MinValue, float.NegativeInfinity })
                Assert.Equal(MathF.CopySign(max, value), E4m3.Decode(E4m3.Encode(value, max)));
            Assert.True(float.IsNaN(E4m3.Decode(E4m3.Encode(float.NaN, max))));
        }
    }

    [Fact]
    public unsafe void Eight_at_once_are_widened_to_the_same_bits()
    {
        var codes = Enumerable.Range(0, 256).Select(code => (byte)code).ToArray();
        fixed (byte* values = codes)
        {
            for (var i = 0; i <= 256 - 8; i += 3)
            {
                var eight = StoredE4m3.Load8(values, i);
                for (var lane = 0; lane < 8; lane++)
                {
                    if ((codes[i + lane] & 0x7F) == 0x7F)
                        Assert.True(float.IsNaN(eight[lane]));
                    else
                        Assert.Equal(BitConverter.SingleToUInt32Bits(StoredE4m3.Load(values, i + lane)), BitConverter.SingleToUInt32Bits(eight[lane]));
                }
            }
        }
    }

    [Fact]
    public void Libtorch_rounds_alike_within_the_range()
    {
        var random = new Random(21);
        var values = Enumerable.Range(0, 4000).Select(i => (float)((random.NextDouble() - 0.5) * Math.Pow(2, (i % 20) - 10) * 1.7)).ToArray();
        using var scope = NewDisposeScope();
        var expected = tensor(values).to_type(E4m3.Dtype).to_type(ScalarType.Float32).data<float>().ToArray();
        Assert.All(values.Zip(expected), pair => Assert.Equal(pair.Second, E4m3.Decode(E4m3.Encode(pair.First, 448))));
    }

    [Fact]
    public void Spans_are_quantized_by_quotient_and_by_product()
    {
        var values = new[] { 1f, -3, 1000, 0.01f };
        var (quotients, products, widened) = (new byte[4], new byte[4], new float[4]);
        E4m3.EncodeQuotients(values, 3, 240, quotients);
        E4m3.EncodeProducts(values, 1 / 3f, 240, products);
        Assert.Equal(values.Select(value => E4m3.Encode(value / 3, 240)), quotients);
        Assert.Equal(values.Select(value => E4m3.Encode(value * (1 / 3f), 240)), products);
        E4m3.Decode(quotients, widened);
        Assert.Equal(quotients.Select(E4m3.Decode), widened);
        Assert.Equal(240, widened[2]);
    }

    private static byte Nearest(double value, float max)
    {
        var size = Math.Min(Math.Abs(value), max);
        var code = Enumerable.Range(0, 127).MinBy(code => (Math.Abs(Value(code) - size), code & 1));
        return (byte)(code | (double.IsNegative(value) ? 0x80 : 0));
    }

    private static double Value(int code) => code < 8
        ? code / 512.0
        : (1 + ((code & 7) / 8.0)) * Math.Pow(2, (code >> 3) - 7);
}
