using System.Diagnostics;
using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Ops.Kernels;

namespace Gaudi.Hpu.Quantization;

/// <summary>
/// Scales that the matrix engine applies without a multiplication, by shifting exponents: powers of two, few of them on Gaudi 2.
/// </summary>
/// <remarks>Source: vllm-gaudi, `extension/scales.py` (as of 2026-08).</remarks>
internal static class AlignedScale
{
    /// <summary>The next such scale upwards, so that what fitted the range still does; the outermost ones hold beyond them.</summary>
    /// <param name="scale">For the full range of e4m3; over 0 and finite. On Gaudi 2 it is first widened by 448 / 240.</param>
    /// <param name="generation">Gaudi 2 has 16, 1, 1/16 and 1/256; Gaudi 3 each from 2^-55 to 2^7, and so has the CPU.</param>
    public static float Of(float scale, CardGeneration generation)
    {
        Invariant.That(scale > 0 && float.IsFinite(scale), $"a scale of {scale}");
        var exponent = generation switch
        {
            CardGeneration.Gaudi2 => Math.Clamp(
                (int)Math.Ceiling(Ceiling(scale * (E4m3.MaxValue / (double)SimulatedCards.Fp8Max(generation))) / 4.0) * 4, -8, 4),
            CardGeneration.Gaudi3 or CardGeneration.Cpu => Math.Clamp(Ceiling(scale), -55, 7),
            _ => throw new UnreachableException($"generation {generation}"),
        };
        return MathF.ScaleB(1, exponent);
    }

    // Of its logarithm to base 2, exactly: a logarithm that is rounded could name the power below.
    private static int Ceiling(double value)
    {
        var below = Math.ILogB(value);
        return value > Math.ScaleB(1, below) ? below + 1 : below;
    }
}
