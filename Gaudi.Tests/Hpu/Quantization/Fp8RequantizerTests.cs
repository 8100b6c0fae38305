using CsCheck;
using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Ops.Kernels;
using Gaudi.Hpu.Quantization;
using Xunit;

namespace Gaudi.Tests.Hpu.Quantization;

/// <summary>Float8 weights that get other scales stand for the values they stood for, as near as their codes can.</summary>
public sealed class Fp8RequantizerTests
{
    private static readonly Fp8Range Narrow = Fp8Range.Of(CardGeneration.Gaudi2);
    private static readonly Fp8Range Full = Fp8Range.Of(CardGeneration.Gaudi3);

    private static Gen<byte> Numbers { get; } = Gen.Byte.Where(code => (code & 0x7F) != 0x7F);

    [Fact]
    public void Load_for_gaudi2_halves_every_code_and_doubles_scales()
    {
        var conversion = new Fp8LoadConversion(Narrow, adjustsScales: true);
        for (var code = 0; code < 256; code++)
        {
            var (stored, loaded) = (E4m3.Decode((byte)code), E4m3.Decode(conversion.Code((byte)code)));
            if (float.IsNaN(stored))
                Assert.True(float.IsNaN(loaded));
            else if ((code & 0x7F) >= 0x10)
                Assert.Equal(stored / 2, loaded);
            else // Halves of the finest steps lie between codes: the even one stands.
                Assert.Equal(Math.Round(stored / 2.0 * 512, MidpointRounding.ToEven) / 512, loaded);
            Assert.False(Math.Abs(loaded) > 224);
        }
        var scales = new[] { 0.3f, 1e-30f };
        conversion.Scales(scales);
        Assert.Equal([0.6f, 2e-30f], scales);
    }

    [Fact]
    public void Load_changes_nothing_on_gaudi3_and_without_adjustment_cuts_what_gaudi2_cannot_hold()
    {
        var codes = Enumerable.Range(0, 256).Select(code => (byte)code).ToArray();
        var loaded = codes.ToArray();
        var whole = new Fp8LoadConversion(Full, adjustsScales: true);
        whole.Codes(loaded);
        Assert.Equal(codes, loaded);
        Assert.Equal(1, whole.ScaleFactor);
        var cut = new Fp8LoadConversion(Narrow, adjustsScales: false);
        cut.Codes(loaded);
        Assert.Equal(1, cut.ScaleFactor);
        Assert.All(codes.Zip(loaded), pair => Assert.Equal(Math.Clamp(E4m3.Decode(pair.First), -240, 240), E4m3.Decode(pair.Second)));
    }

    [Fact]
    public void Blocks_become_a_channel_within_the_formats_error() =>
        Gen.Select(Numbers.Array[1, 40], Gen.Int[1, 9], Gen.Float[0.001f, 1].Array[40], Gen.Bool).Sample((codes, block, all, isNarrow) =>
        {
            var range = isNarrow ? Narrow : Full;
            var scales = all[..((codes.Length + block - 1) / block)];
            var values = codes.Select((code, i) => E4m3.Decode(code) * (double)scales[i / block]).ToArray();
            var requantized = new byte[codes.Length];
            var scale = Fp8Requantizer.BlocksToChannel(codes, scales, block, range, requantized);
            var largest = values.Max(Math.Abs);
            Assert.Equal(largest == 0 ? 1 : largest / range.Max, scale, (largest == 0 ? 0 : largest / range.Max) / 256 + 1e-30); // bfloat16
            for (var i = 0; i < codes.Length; i++)
            {
                var error = Math.Abs(((double)E4m3.Decode(requantized[i]) * scale) - values[i]);
                Assert.True(error <= (Math.Abs(values[i]) * (1 / 16.0 + 1 / 200.0)) + (scale / 1024), $"{values[i]}: off by {error}");
            }
        });
}
