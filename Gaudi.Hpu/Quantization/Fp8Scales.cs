using Gaudi.Hpu.Ops.Kernels;

namespace Gaudi.Hpu.Quantization;

/// <summary>Scales of float8 values, in float32: value = code * scale.</summary>
/// <remarks>Source: vllm-gaudi, `extension/ops.py` (as of 2026-08).</remarks>
internal static class Fp8Scales
{
    // Keeps the scale of a row of zeros from being 0.
    private const float TokenFloor = 1e-8f;

    /// <summary>The dynamic scale of a token's activations: its largest magnitude becomes the end of the range.</summary>
    /// <param name="activations">[hidden]. No number gives a scale that is none.</param>
    /// <param name="range">Of the card.</param>
    /// <returns>(max|x| + 1e-8) / range's end; over 0.</returns>
    public static float OfToken(ReadOnlySpan<float> activations, Fp8Range range) =>
        (Largest(activations) + TokenFloor) / range.Max;

    /// <summary>The scale of a channel's weights: their largest magnitude becomes the end of the range.</summary>
    /// <param name="weights">[inputs]. No number gives a scale that is none.</param>
    /// <param name="range">Of the card.</param>
    /// <returns>max|w| / range's end; 1 where that is 0, whose codes are 0 then.</returns>
    public static float OfChannel(ReadOnlySpan<float> weights, Fp8Range range)
    {
        var scale = Largest(weights) / range.Max;
        return scale == 0 ? 1 : scale;
    }

    /// <summary>Quantizes a token's activations with a scale of their own.</summary>
    /// <param name="activations">[hidden].</param>
    /// <param name="range">Of the card.</param>
    /// <param name="codes">[hidden]. Finite activations become numbers.</param>
    /// <returns>The scale.</returns>
    public static float QuantizeToken(ReadOnlySpan<float> activations, Fp8Range range, Span<byte> codes)
    {
        var scale = OfToken(activations, range);
        E4m3.EncodeQuotients(activations, scale, range.Max, codes);
        return scale;
    }

    /// <summary>Quantizes activations with a scale that calibration found.</summary>
    /// <param name="activations">[hidden].</param>
    /// <param name="scale">Over 0, its inverse finite.</param>
    /// <param name="range">Of the card: what lies beyond becomes its end.</param>
    /// <param name="codes">[hidden]. Finite activations become numbers.</param>
    public static void QuantizeStatic(ReadOnlySpan<float> activations, float scale, Fp8Range range, Span<byte> codes)
    {
        Invariant.That(scale > 0 && float.IsFinite(1 / scale), $"a static scale of {scale}");
        E4m3.EncodeProducts(activations, 1 / scale, range.Max, codes);
    }

    // Max of MathF carries on what is no number.
    private static float Largest(ReadOnlySpan<float> values)
    {
        var largest = 0f;
        foreach (var value in values)
            largest = MathF.Max(largest, MathF.Abs(value));
        return largest;
    }
}
