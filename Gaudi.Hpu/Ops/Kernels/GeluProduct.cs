using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.Kernels;

/// <summary>
/// gelu(first half) * second half of every row, the same arithmetic for every value wherever it lies; gelu in its tanh form.
/// </summary>
internal static unsafe class GeluProduct
{
    /// <summary>Fills y.</summary>
    /// <param name="x">[rows, 2 * size], float32.</param>
    /// <param name="y">[rows, size], float32. Overwritten.</param>
    public static void Compute(Tensor x, Tensor y)
    {
        var rowCount = y.shape[0];
        var size = y.shape[1];
        var from = (float*)TensorMemory.Pointer(x);
        var to = (float*)TensorMemory.Pointer(y);
        for (var row = 0L; row < rowCount; row++, from += 2 * size, to += size)
        {
            var i = 0L;
            for (; i + 8 <= size; i += 8)
                (Gelu(Vector256.Load(from + i)) * Vector256.Load(from + size + i)).Store(to + i);
            for (; i < size; i++)
                to[i] = Gelu(Vector256.Create(from[i])).ToScalar() * from[size + i];
        }
    }

    /// <summary>x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))).</summary>
    /// <remarks>Source: Hendrycks and Gimpel 2016, section 2.</remarks>
    public static Vector256<float> Gelu(Vector256<float> x)
    {
        var cubic = x * x * x * Vector256.Create(0.044715f);
        var angle = (x + cubic) * Vector256.Create(0.7978845608f);
        return x * Vector256.Create(0.5f) * (Vector256<float>.One + HyperbolicTangent.Of(angle));
    }
}
