using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>Tensors in and out of <see cref="MatrixProduct"/>.</summary>
internal static class PackedProduct
{
    /// <summary>x W^T in float32.</summary>
    /// <param name="x">[tokens, inputs]. Not changed.</param>
    /// <param name="weight">[outputs, inputs].</param>
    /// <param name="boundaries">From <see cref="SummationShards.Boundaries"/>.</param>
    /// <param name="isApart">Whether the sums of the shards stay apart.</param>
    /// <returns>[tokens, outputs], or [shards, tokens, outputs]; the caller disposes it.</returns>
    public static unsafe Tensor Of(Tensor x, PackedMatrix weight, int[] boundaries, bool isApart)
    {
        using var scope = NewDisposeScope();
        var rowCount = (int)x.shape[0];
        var wide = x.to_type(ScalarType.Float32).contiguous(); // [tokens, inputs]
        long[] shape = isApart ? [boundaries.Length - 1, rowCount, weight.OutputCount] : [rowCount, weight.OutputCount];
        var y = empty(shape, ScalarType.Float32, x.device);
        var from = (float*)TensorMemory.Pointer(wide);
        var to = (float*)TensorMemory.Pointer(y);
        if (isApart)
            MatrixProduct.MultiplyApart(from, rowCount, weight, boundaries, to);
        else
            MatrixProduct.Multiply(from, rowCount, weight, boundaries, to);
        return scope.MoveToOuter(y);
    }
}
