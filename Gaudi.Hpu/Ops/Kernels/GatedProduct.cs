using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.Kernels;

/// <summary>
/// function(first half) * second half of every row, the same arithmetic for every value wherever it lies.
/// </summary>
internal static unsafe class GatedProduct
{
    /// <summary>Fills y.</summary>
    /// <param name="x">[rows, 2 * size], float32.</param>
    /// <param name="y">[rows, size], float32. Overwritten.</param>
    /// <typeparam name="TGate">The function.</typeparam>
    public static void Compute<TGate>(Tensor x, Tensor y) where TGate : struct, IGatedFunction
    {
        var rowCount = y.shape[0];
        var size = y.shape[1];
        var from = (float*)TensorMemory.Pointer(x);
        var to = (float*)TensorMemory.Pointer(y);
        for (var row = 0L; row < rowCount; row++, from += 2 * size, to += size)
        {
            var i = 0L;
            for (; i + 8 <= size; i += 8)
                TGate.Of(Vector256.Load(from + i), Vector256.Load(from + size + i)).Store(to + i);
            for (; i < size; i++)
                to[i] = TGate.Of(Vector256.Create(from[i]), Vector256.Create(from[size + i])).ToScalar();
        }
    }
}
