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
    /// <returns>[tokens, outputs]; the caller disposes it.</returns>
    public static unsafe Tensor Of(Tensor x, PackedMatrix weight, int[] boundaries)
    {
        using var scope = NewDisposeScope();
        var rowCount = (int)x.shape[0];
        var wide = x.to_type(ScalarType.Float32).contiguous(); // [tokens, inputs]
        var y = empty([rowCount, weight.OutputCount], ScalarType.Float32, x.device); // [tokens, outputs]
        MatrixProduct.Multiply(
            (float*)TensorMemory.Pointer(wide), rowCount, weight, boundaries, (float*)TensorMemory.Pointer(y));
        return scope.MoveToOuter(y);
    }
}
