using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Gaudi.Hpu.Ops.Kernels;

/// <summary>
/// tanh in float32, within 3 units in the last place, by the same arithmetic in every lane and on every processor.
/// </summary>
/// <remarks>
/// Up to 0.625 in size an odd polynomial of degree 11, which keeps small values exact; beyond it 1 - 2 / (e^2|x| + 1) with
/// the sign of x. Coefficients: the Cephes library's tanhf (Moshier 1992). A NaN stays one.
/// </remarks>
internal static class HyperbolicTangent
{
    private const float PolynomialMax = 0.625f;

    /// <summary>Eight at once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Of(Vector256<float> x)
    {
        var size = Vector256.Abs(x);
        var square = x * x;
        var sum = Vector256.Create(-5.70498872745e-3f);
        sum = Vector256.FusedMultiplyAdd(sum, square, Vector256.Create(2.06390887954e-2f));
        sum = Vector256.FusedMultiplyAdd(sum, square, Vector256.Create(-5.37397155531e-2f));
        sum = Vector256.FusedMultiplyAdd(sum, square, Vector256.Create(1.33314422036e-1f));
        sum = Vector256.FusedMultiplyAdd(sum, square, Vector256.Create(-3.33332819422e-1f));
        var small = Vector256.FusedMultiplyAdd(sum * square, size, size);
        var power = Exponential.Of(size + size);
        var large = Vector256<float>.One - (Vector256.Create(2f) / (power + Vector256<float>.One));
        var sign = x & Vector256.Create(-0f);
        return Vector256.ConditionalSelect(
            Vector256.LessThan(size, Vector256.Create(PolynomialMax)), small, large) | sign;
    }

    /// <summary>One, with the bits a lane of eight would have.</summary>
    public static float Of(float x) => Of(Vector256.Create(x)).ToScalar();
}
