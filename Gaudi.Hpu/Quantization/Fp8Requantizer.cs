using Gaudi.Hpu.Ops.Kernels;

namespace Gaudi.Hpu.Quantization;

/// <summary>Float8 weights with other scales than they were stored with.</summary>
/// <remarks>Source: vllm-gaudi, `extension/ops.py` (as of 2026-08).</remarks>
internal static class Fp8Requantizer
{
    /// <summary>The scale of a shard that no checkpoint gave one: the lowest float32.</summary>
    public const float NotLoaded = float.MinValue;

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

    /// <summary>
    /// Shards of one product, each stored with a scale, get the largest one. Where the last was given none, the checkpoint holds
    /// them fused under the scales there are: codes stay.
    /// </summary>
    /// <param name="codes">[sum of widths, inputs], a shard's outputs after another's; requantized in place.</param>
    /// <param name="scales">One a shard, or <see cref="NotLoaded"/>.</param>
    /// <param name="widths">Outputs of each shard; one of 0 outputs is passed over, and its scale counts nevertheless.</param>
    /// <param name="range">Of the card.</param>
    /// <returns>The largest scale.</returns>
    public static float ToLargestScale(Span<byte> codes, ReadOnlySpan<float> scales, ReadOnlySpan<int> widths, Fp8Range range)
    {
        var outputs = 0;
        foreach (var width in widths)
            outputs += width;
        Invariant.That(
            !scales.IsEmpty && scales.Length == widths.Length && (outputs == 0 ? codes.IsEmpty : codes.Length % outputs == 0),
            $"{scales.Length} scales for {widths.Length} shards, {codes.Length} codes for {outputs} outputs");
        var largest = scales[0];
        foreach (var scale in scales)
            largest = MathF.Max(largest, scale);
        Invariant.That(largest > 0, $"a largest scale of {largest}");
        if (scales[^1] <= NotLoaded || outputs == 0)
            return largest;
        var inputs = codes.Length / outputs;
        for (var (shard, from) = (0, 0); shard < widths.Length; from += widths[shard++] * inputs)
        {
            // Encoding what was decoded with the same scale gives the same codes but for what lies beyond the range.
            foreach (ref var code in codes.Slice(from, widths[shard] * inputs))
                code = E4m3.Encode(E4m3.Decode(code) * scales[shard] / largest, range.Max);
        }
        return largest;
    }

    private static unsafe float Bfloat16(float value)
    {
        var stored = default(ushort);
        StoredBfloat16.Store((byte*)&stored, 0, value);
        return StoredBfloat16.Load((byte*)&stored, 0);
    }
}
