using Gaudi.Hpu.Ops.Kernels;

namespace Gaudi.Hpu.Quantization;

/// <summary>
/// How a checkpoint's float8 weights, written for the full range, become those of a card: as they are; or, where the card's
/// range is narrower, halved with doubled scales, so that all are within it.
/// </summary>
/// <param name="range">Of the card.</param>
/// <param name="adjustsScales">Whether weights are halved for a narrower range. Off: what lies beyond it becomes its end.</param>
/// <remarks>Source: vllm-gaudi, `scale_adjustment` (as of 2026-08).</remarks>
internal sealed class Fp8LoadConversion(Fp8Range range, bool adjustsScales)
{
    private readonly byte[] _byCode = [.. Enumerable.Range(0, 256).Select(code => Converted((byte)code, range, adjustsScales))];

    /// <summary>What a weight's scale is multiplied by: 2 or 1.</summary>
    public float ScaleFactor => range.IsNarrow && adjustsScales ? 2 : 1;

    /// <summary>A weight's code on the card. Halves are rounded to nearest, ties to the even code; no number stays none.</summary>
    public byte Code(byte stored) => _byCode[stored];

    /// <summary>Converts weights in place.</summary>
    /// <param name="codes">As stored.</param>
    public void Codes(Span<byte> codes)
    {
        foreach (ref var code in codes)
            code = _byCode[code];
    }

    /// <summary>Converts the weights' scales in place: exact.</summary>
    /// <param name="scales">As stored.</param>
    public void Scales(Span<float> scales)
    {
        foreach (ref var scale in scales)
            scale *= ScaleFactor;
    }

    private static byte Converted(byte code, Fp8Range range, bool adjustsScales) =>
        E4m3.Encode(range.IsNarrow && adjustsScales ? E4m3.Decode(code) / 2 : E4m3.Decode(code), range.Max);
}
