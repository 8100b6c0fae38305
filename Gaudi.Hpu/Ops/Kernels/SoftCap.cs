using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.Kernels;

/// <summary>cap * tanh(x / cap): nearly x while x is small, never beyond the cap.</summary>
/// <remarks>Source: Gemma Team 2024 (Gemma 2), section 2, after Bello et al. 2016.</remarks>
internal static unsafe class SoftCap
{
    /// <summary>Caps values in place, each by itself.</summary>
    /// <param name="values">One after another.</param>
    /// <param name="count">How many.</param>
    /// <param name="cap">Over 0.</param>
    public static void Apply(float* values, long count, float cap)
    {
        var i = 0L;
        for (; i + 8 <= count; i += 8)
            Of(Vector256.Load(values + i), cap).Store(values + i);
        for (; i < count; i++)
            values[i] = Of(Vector256.Create(values[i]), cap).ToScalar();
    }

    /// <summary>Caps a float32 tensor in place.</summary>
    public static void Apply(Tensor values, float cap) =>
        Apply((float*)TensorMemory.Pointer(values), values.numel(), cap);

    private static Vector256<float> Of(Vector256<float> x, float cap) =>
        HyperbolicTangent.Of(x / Vector256.Create(cap)) * Vector256.Create(cap);
}
