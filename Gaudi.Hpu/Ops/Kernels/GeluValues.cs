using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.Kernels;

/// <summary>The two GELUs, the same arithmetic for every value wherever it lies and on every processor.</summary>
/// <remarks>
/// libtorch's erf has one body for whole vectors and another for what is left, so that a value's bits would depend on
/// its place. Here erfc(z), z at least 0, is t e^(P(t) - z^2) with t = 1 / (1 + z / 2) and P the Chebyshev fit of
/// degree 9 of Press et al., Numerical Recipes, section 6.2 (relative error below 1.2e-7 before rounding).
/// </remarks>
internal static unsafe class GeluValues
{
    // P(t), the constant first.
    private static readonly float[] Fit =
    [
        -1.26551223f, 1.00002368f, 0.37409196f, 0.09678418f, -0.18628806f, 0.27886807f, -1.13520398f, 1.48851587f,
        -0.82215223f, 0.17087277f,
    ];

    /// <summary>x / (1 + e^(-1.702 x)); x's shape and type, the caller disposes it.</summary>
    public static Tensor Quick(Tensor x) => Map(x, isQuick: true);

    /// <summary>x (1 + erf(x / sqrt 2)) / 2; x's shape and type, the caller disposes it.</summary>
    public static Tensor Exact(Tensor x) => Map(x, isQuick: false);

    private static Tensor Map(Tensor x, bool isQuick)
    {
        using var scope = NewDisposeScope();
        var wide = x.to_type(ScalarType.Float32).contiguous(); // x's shape
        var y = empty(x.shape, ScalarType.Float32, x.device); // x's shape
        var from = (float*)TensorMemory.Pointer(wide);
        var to = (float*)TensorMemory.Pointer(y);
        var count = x.numel();
        var i = 0L;
        for (; i + 8 <= count; i += 8)
            Of(Vector256.Load(from + i), isQuick).Store(to + i);
        for (; i < count; i++)
            to[i] = Of(Vector256.Create(from[i]), isQuick).ToScalar();
        return scope.MoveToOuter(y.to_type(x.dtype));
    }

    private static Vector256<float> Of(Vector256<float> x, bool isQuick) => isQuick
        ? x / (Vector256<float>.One + Exponential.Of(x * Vector256.Create(-1.702f)))
        : x * ShareBelow(x);

    // erfc(-x / sqrt 2) / 2.
    private static Vector256<float> ShareBelow(Vector256<float> x)
    {
        var z = Vector256.Abs(x) * Vector256.Create(0.70710678f);
        var t = Vector256<float>.One / Vector256.FusedMultiplyAdd(z, Vector256.Create(0.5f), Vector256<float>.One);
        var exponent = Vector256.Create(Fit[^1]);
        for (var i = Fit.Length - 2; i >= 0; i--)
            exponent = Vector256.FusedMultiplyAdd(exponent, t, Vector256.Create(Fit[i]));
        exponent = Vector256.FusedMultiplyAdd(-z, z, exponent);
        var tail = t * Exponential.Of(exponent) * Vector256.Create(0.5f); // the share beyond |x|
        return Vector256.ConditionalSelect(
            Vector256.LessThan(x, Vector256<float>.Zero), tail, Vector256<float>.One - tail);
    }
}
