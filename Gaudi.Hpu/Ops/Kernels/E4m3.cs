using System.Runtime.CompilerServices;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.Kernels;

/// <summary>
/// Float8 e4m3 without infinities: one bit of sign, four of exponent with bias 7, three of mantissa; 0x7F and 0xFF are no
/// number. Values from -448 to 448, the finest step 2^-9.
/// </summary>
/// <remarks>Source: Micikevicius et al. 2022 (FP8 Formats for Deep Learning), table 1.</remarks>
internal static class E4m3
{
    /// <summary>TorchSharp 0.107 has no name for it; the number is c10::ScalarType's.</summary>
    public const ScalarType Dtype = (ScalarType)24;

    /// <summary>The largest value a code has.</summary>
    public const float MaxValue = 448;

    private const int NotANumber = 0x7F;
    private const float SmallestNormal = 1f / 64;

    // A float32 this large steps by 2^-9: adding it rounds to that step, and leaves the number of steps in the lowest bits.
    private const float StepsOfSubnormals = 1 << 14;

    private static readonly float[] ByCode = [.. Enumerable.Range(0, 256).Select(ValueOf)];

    /// <summary>The value of each of the 256 codes.</summary>
    public static ReadOnlySpan<float> Values => ByCode;

    /// <summary>The value of a code: exact.</summary>
    public static float Decode(byte code) => ByCode[code];

    /// <summary>Widens codes: exact.</summary>
    /// <param name="codes">Any.</param>
    /// <param name="values">As many.</param>
    public static void Decode(ReadOnlySpan<byte> codes, Span<float> values)
    {
        var table = ByCode;
        for (var i = 0; i < codes.Length; i++)
            values[i] = table[codes[i]];
    }

    /// <summary>
    /// The nearest value's code, ties to the even code. What lies beyond the range, infinity too, becomes its end; only what is no
    /// number becomes none.
    /// </summary>
    /// <param name="value">Any.</param>
    /// <param name="max">The end of the range: a value of some code, such as 448 or 240.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte Encode(float value, float max)
    {
        var sign = (byte)(BitConverter.SingleToUInt32Bits(value) >> 24 & 0x80);
        var size = Math.Abs(value);
        if (float.IsNaN(size))
            return (byte)(sign | NotANumber);
        size = Math.Min(size, max);
        if (size < SmallestNormal)
            return (byte)(sign | (BitConverter.SingleToUInt32Bits(size + StepsOfSubnormals) & 0xF));
        var bits = BitConverter.SingleToUInt32Bits(size);
        var nearest = (bits + 0x7FFFF + (bits >> 20 & 1)) >> 20;
        return (byte)(sign | (nearest - (120 << 3))); // float32 counts exponents from -127, e4m3 from -7
    }

    /// <summary>Encodes value / scale: how activations are quantized with a scale of their own.</summary>
    /// <param name="values">Any.</param>
    /// <param name="scale">Over 0.</param>
    /// <param name="max">The end of the range.</param>
    /// <param name="codes">As many.</param>
    public static void EncodeQuotients(ReadOnlySpan<float> values, float scale, float max, Span<byte> codes)
    {
        for (var i = 0; i < values.Length; i++)
            codes[i] = Encode(values[i] / scale, max);
    }

    /// <summary>Encodes value * factor: how activations are quantized with a static scale, whose inverse is the factor.</summary>
    /// <param name="values">Any.</param>
    /// <param name="factor">Over 0, and finite: a product of finite values is then a number.</param>
    /// <param name="max">The end of the range.</param>
    /// <param name="codes">As many.</param>
    public static void EncodeProducts(ReadOnlySpan<float> values, float factor, float max, Span<byte> codes)
    {
        for (var i = 0; i < values.Length; i++)
            codes[i] = Encode(values[i] * factor, max);
    }

    private static float ValueOf(int code)
    {
        var (exponent, mantissa) = ((code >> 3) & 15, code & 7);
        var size = (code & NotANumber) == NotANumber ? double.NaN
            : exponent == 0 ? Math.ScaleB(mantissa, -9)
            : Math.ScaleB(8 + mantissa, exponent - 10);
        return (float)Math.CopySign(size, code < 128 ? 1 : -1);
    }
}
