using CsCheck;
using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Ops.Kernels;
using Gaudi.Hpu.Quantization;
using Xunit;

namespace Gaudi.Tests.Hpu.Quantization;

/// <summary>Scales, and weights that change them, against the formulas in float64.</summary>
public sealed class Fp8ScalesTests
{
    private static readonly Fp8Range Narrow = Fp8Range.Of(CardGeneration.Gaudi2);
    private static readonly Fp8Range Full = Fp8Range.Of(CardGeneration.Gaudi3);

    private static Gen<float[]> Rows { get; } =
        Gen.Select(Gen.Float[-1, 1].Array[1, 40], Gen.Float[1e-12f, 1e12f], (row, size) => row.Select(value => value * size).ToArray());

    [Fact]
    public void Range_follows_the_generation()
    {
        Assert.Equal((240, 448, 448), (Narrow.Max, Full.Max, Fp8Range.Full.Max));
        Assert.True(Narrow.IsNarrow && !Full.IsNarrow);
        var card = SimulatedCards.Facts(new SimulatedCardSettings(CardGeneration.Gaudi2, 1, 1 << 20), () => 0)[0];
        Assert.Equal(Narrow, Fp8Range.Of(card));
    }

    [Fact]
    public void Dynamic_scale_of_a_row_whose_largest_is_2()
    {
        Assert.Equal(0.00446429f, Fp8Scales.OfToken([1, -2, 0.5f], Full), 1e-8f);
        Assert.Equal(0.00833333f, Fp8Scales.OfToken([1, -2, 0.5f], Narrow), 1e-8f);
    }

    [Fact]
    public void A_token_is_quantized_within_the_formats_error_and_is_never_no_number() => Rows.Sample(row =>
    {
        foreach (var range in new[] { Narrow, Full })
        {
            var codes = new byte[row.Length];
            var scale = (double)Fp8Scales.QuantizeToken(row, range, codes);
            var expected = (row.Max(value => Math.Abs((double)value)) + 1e-8) / range.Max;
            Assert.InRange(scale, expected * (1 - 1e-6), expected * (1 + 1e-6));
            for (var i = 0; i < row.Length; i++)
            {
                // Half a step: 2^-4 of the value, or of the finest values 2^-10.
                var error = Math.Abs((E4m3.Decode(codes[i]) * scale) - row[i]);
                Assert.True(error <= Math.Max(Math.Abs(row[i]) / 16, scale / 1024) * 1.000001, $"{row[i]} with scale {scale}: {error}");
            }
        }
    });

    [Fact]
    public void Finite_rows_of_any_size_give_numbers() => Gen.UInt.Select(BitConverter.UInt32BitsToSingle).Where(float.IsFinite).Array[1, 9].Sample(row =>
    {
        var codes = new byte[row.Length];
        Fp8Scales.QuantizeToken(row, Narrow, codes);
        Assert.All(codes, code => Assert.InRange(Math.Abs(E4m3.Decode(code)), 0, 240));
        E4m3.EncodeQuotients(row, Fp8Scales.OfChannel(row, Full), Full.Max, codes);
        Assert.All(codes, code => Assert.InRange(Math.Abs(E4m3.Decode(code)), 0, 448));
        Fp8Scales.QuantizeStatic(row, 1e-3f, Full, codes);
        Assert.All(codes, code => Assert.InRange(Math.Abs(E4m3.Decode(code)), 0, 448));
    });

    [Fact]
    public void A_static_scale_saturates_and_a_channel_of_zeros_stays_zero()
    {
        var codes = new byte[3];
        Fp8Scales.QuantizeStatic([100, -30, 1], 0.25f, Narrow, codes);
        Assert.Equal([240, -120, 4], codes.Select(E4m3.Decode));
        Assert.Equal(1, Fp8Scales.OfChannel([0, -0f, 0], Full));
        Assert.Throws<Gaudi.Hpu.InvariantBrokenException>(() => Fp8Scales.QuantizeStatic([1], 0, Full, new byte[1]));
    }

    [Theory]
    [InlineData(1e-4, 0.00390625, 0.0001220703125)]
    [InlineData(0.001, 0.00390625, 0.001953125)]
    [InlineData(0.01, 0.0625, 0.015625)]
    [InlineData(0.05, 1, 0.0625)]
    [InlineData(0.3, 1, 0.5)]
    [InlineData(1, 16, 1)]
    [InlineData(1.5, 16, 2)]
    [InlineData(20, 16, 32)]
    [InlineData(300, 16, 128)]
    public void Aligned_scales_are_rounded_up(float scale, float onGaudi2, float onGaudi3)
    {
        Assert.Equal(onGaudi2, AlignedScale.Of(scale, CardGeneration.Gaudi2));
        Assert.Equal(onGaudi3, AlignedScale.Of(scale, CardGeneration.Gaudi3));
    }

    [Fact]
    public void Aligned_scales_are_of_the_cards_set_and_not_under_what_was_asked() => Gen.Float[1e-16f, 1e4f].Sample(scale =>
    {
        var (second, third) = (AlignedScale.Of(scale, CardGeneration.Gaudi2), AlignedScale.Of(scale, CardGeneration.Gaudi3));
        Assert.Contains(second, new[] { 16, 1, 1 / 16f, 1 / 256f });
        Assert.True(second == 16 || second >= scale * (448.0 / 240));
        Assert.Equal(Math.ScaleB(1, Math.ILogB(third)), third);
        Assert.True(third == 128 || (third >= scale && third < 2.0 * scale));
    });

    [Fact]
    public void Every_power_of_two_of_gaudi3_is_its_own_aligned_scale()
    {
        for (var exponent = -60; exponent <= 10; exponent++)
        {
            var scale = MathF.ScaleB(1, exponent);
            Assert.Equal(MathF.ScaleB(1, Math.Clamp(exponent, -55, 7)), AlignedScale.Of(scale, CardGeneration.Gaudi3));
        }
    }
}
