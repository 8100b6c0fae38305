using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Gaudi.Hpu.Ops.Kernels;

/// <summary>
/// e to the power of x in float32, within 2 units in the last place, by the same arithmetic in every lane and on every
/// processor: the C library's own differs from machine to machine, and the ranks of a group may sit on several.
/// </summary>
/// <remarks>
/// x = n ln 2 + r with |r| at most ln(2)/2; Taylor's polynomial of degree 7 in r; then 2^n by the exponent bits. Below
/// -87.33 the result is 0 (no subnormals), above 88.37 it is that of 88.37; a NaN stays one.
/// </remarks>
internal static class Exponential
{
    private const float Lowest = -87.33f;
    private const float Highest = 88.37f;

    /// <summary>Eight at once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Of(Vector256<float> x)
    {
        var clamped = Vector256.Min(Vector256.Max(x, Vector256.Create(Lowest)), Vector256.Create(Highest));
        var n = Vector256.Floor(
            Vector256.FusedMultiplyAdd(clamped, Vector256.Create(1.44269504f), Vector256.Create(0.5f)));
        var r = Vector256.FusedMultiplyAdd(n, Vector256.Create(-0.693359375f), clamped);
        r = Vector256.FusedMultiplyAdd(n, Vector256.Create(2.12194440e-4f), r);
        var sum = Vector256.Create(1f / 5040f);
        sum = Vector256.FusedMultiplyAdd(sum, r, Vector256.Create(1f / 720f));
        sum = Vector256.FusedMultiplyAdd(sum, r, Vector256.Create(1f / 120f));
        sum = Vector256.FusedMultiplyAdd(sum, r, Vector256.Create(1f / 24f));
        sum = Vector256.FusedMultiplyAdd(sum, r, Vector256.Create(1f / 6f));
        sum = Vector256.FusedMultiplyAdd(sum, r, Vector256.Create(0.5f));
        sum = Vector256.FusedMultiplyAdd(sum, r, Vector256<float>.One);
        sum = Vector256.FusedMultiplyAdd(sum, r, Vector256<float>.One);
        var power = Vector256.ShiftLeft(Vector256.ConvertToInt32(n) + Vector256.Create(127), 23).AsSingle();
        var result = Vector256.ConditionalSelect(
            Vector256.LessThan(x, Vector256.Create(Lowest)), Vector256<float>.Zero, sum * power);
        return Vector256.ConditionalSelect(Vector256.Equals(x, x), result, x);
    }

    /// <summary>One, with the bits a lane of eight would have.</summary>
    public static float Of(float x) => Of(Vector256.Create(x)).ToScalar();
}
