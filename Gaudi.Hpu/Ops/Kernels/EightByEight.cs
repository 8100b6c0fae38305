using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Gaudi.Hpu.Ops.Kernels;

/// <summary>Turns rows into columns: a move of values, so it changes no bit.</summary>
internal static unsafe class EightByEight
{
    /// <summary>Values along a side.</summary>
    public const int Side = 8;

    /// <summary>Transposes in place.</summary>
    /// <param name="rows">8 vectors.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Transpose(Vector256<float>* rows)
    {
        if (Avx.IsSupported)
            TransposeByPairs(rows);
        else
            TransposeOneByOne((float*)rows);
    }

    // Pairs, then quarters of two lanes, then halves.
    private static void TransposeByPairs(Vector256<float>* rows)
    {
        var quarters = stackalloc Vector256<float>[Side];
        for (var half = 0; half < Side; half += 4)
        {
            var (low0, high0) = (Avx.UnpackLow(rows[half], rows[half + 1]), Avx.UnpackHigh(rows[half], rows[half + 1]));
            var (low1, high1) = (Avx.UnpackLow(rows[half + 2], rows[half + 3]), Avx.UnpackHigh(rows[half + 2], rows[half + 3]));
            quarters[half] = Avx.Shuffle(low0, low1, 0x44);
            quarters[half + 1] = Avx.Shuffle(low0, low1, 0xEE);
            quarters[half + 2] = Avx.Shuffle(high0, high1, 0x44);
            quarters[half + 3] = Avx.Shuffle(high0, high1, 0xEE);
        }
        for (var i = 0; i < 4; i++)
        {
            rows[i] = Avx.Permute2x128(quarters[i], quarters[i + 4], 0x20);
            rows[i + 4] = Avx.Permute2x128(quarters[i], quarters[i + 4], 0x31);
        }
    }

    private static void TransposeOneByOne(float* values)
    {
        for (var row = 0; row < Side; row++)
        {
            for (var column = row + 1; column < Side; column++)
            {
                var (one, other) = ((row * Side) + column, (column * Side) + row);
                (values[one], values[other]) = (values[other], values[one]);
            }
        }
    }
}
