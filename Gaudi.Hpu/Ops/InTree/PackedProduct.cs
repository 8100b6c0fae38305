using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>Tensors in and out of <see cref="MatrixProduct"/>.</summary>
internal static unsafe class PackedProduct
{
    /// <summary>x W^T in float32.</summary>
    /// <param name="x">[tokens, inputs]. Not changed.</param>
    /// <param name="weight">[outputs, inputs].</param>
    /// <param name="boundaries">From <see cref="SummationShards.Boundaries"/>.</param>
    /// <returns>[tokens, outputs]; the caller disposes it.</returns>
    public static Tensor Of(Tensor x, PackedMatrix weight, int[] boundaries)
    {
        using var scope = NewDisposeScope();
        var wide = x.to_type(ScalarType.Float32).contiguous(); // [tokens, inputs]
        var y = empty([x.shape[0], weight.OutputCount], ScalarType.Float32, x.device); // [tokens, outputs]
        MatrixProduct.Multiply(Start(wide), (int)x.shape[0], weight, boundaries, Start(y));
        return scope.MoveToOuter(y);
    }

    /// <summary>The same sums before the tree: each shard's own.</summary>
    /// <param name="x">[tokens, inputs]. Not changed.</param>
    /// <param name="weight">[outputs, inputs].</param>
    /// <param name="boundaries">From <see cref="SummationShards.Boundaries"/>.</param>
    /// <returns>[shards, tokens, outputs]; the caller disposes it.</returns>
    public static Tensor Apart(Tensor x, PackedMatrix weight, int[] boundaries)
    {
        using var scope = NewDisposeScope();
        var wide = x.to_type(ScalarType.Float32).contiguous(); // [tokens, inputs]
        var y = empty([boundaries.Length - 1, x.shape[0], weight.OutputCount], ScalarType.Float32, x.device); // [shards, tokens, outputs]
        MatrixProduct.MultiplyApart(Start(wide), (int)x.shape[0], weight, boundaries, Start(y));
        return scope.MoveToOuter(y);
    }

    private static float* Start(Tensor tensor) => (float*)TensorMemory.Pointer(tensor);
}
