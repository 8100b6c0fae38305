using Gaudi.Hpu.Ops.Kernels;

namespace Gaudi.Hpu.Quantization;

/// <summary>Float8 weights with other scales than they were stored with.</summary>
/// <remarks>Source: vllm-gaudi, `extension/ops.py` (as of 2026-08).</remarks>
internal static class Fp8Requantizer
{
    /// <summary>
    /// A channel whose blocks have scales gets one scale. Its values are rounded to bfloat16 in between, as upstream's are.
    /// </summary>
    /// <param name="codes">[inputs].</param>
    /// <param name="blockScales">One for each <paramref name="blockInputs"/> inputs, the last block cut.</param>
    /// <param name="blockInputs">Over 0.</param>
    /// <param name="range">Of the card.</param>
    /// <param name="requantized">[inputs]; may be <paramref name="codes"/> itself.</param>
    /// <returns>max|w| / range's end; 1 for a channel of zeros.</returns>
    public static float BlocksToChannel(
        ReadOnlySpan<byte> codes, ReadOnlySpan<float> blockScales, int blockInputs, Fp8Range range, Span<byte> requantized)
    {
        Invariant.That(
            blockInputs > 0 && blockScales.Length == (codes.Length + blockInputs - 1) / blockInputs,
            $"{blockScales.Length} scales for {codes.Length} inputs in blocks of {blockInputs}");
        var wide = new float[codes.Length]; // [inputs]
        for (var i = 0; i < codes.Length; i++)
            wide[i] = Bfloat16(E4m3.Decode(codes[i]) * blockScales[i / blockInputs]);
        var scale = Fp8Scales.OfChannel(wide, range);
        E4m3.EncodeQuotients(wide, scale, range.Max, requantized);
        return scale;
    }

    private static unsafe float Bfloat16(float value)
    {
        var stored = default(ushort);
        StoredBfloat16.Store((byte*)&stored, 0, value);
        return StoredBfloat16.Load((byte*)&stored, 0);
    }
}
