using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.Kernels;

/// <summary>
/// silu(first half) * second half of every row, the same arithmetic for every value wherever it lies.
/// </summary>
internal static unsafe class SiluProduct
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
                Of(Vector256.Load(from + i), Vector256.Load(from + size + i)).Store(to + i);
            for (; i < size; i++)
                to[i] = Of(Vector256.Create(from[i]), Vector256.Create(from[size + i])).ToScalar();
        }
    }

    private static Vector256<float> Of(Vector256<float> gate, Vector256<float> up) =>
        gate / (Vector256<float>.One + Exponential.Of(-gate)) * up;
}
