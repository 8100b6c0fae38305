using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>The product of <see cref="PackedProduct"/> one multiplication after another: what it is compared with.</summary>
internal static class PlainProduct
{
    /// <summary>x W^T in float32.</summary>
    /// <param name="x">[tokens, inputs]. Not changed.</param>
    /// <param name="weight">[outputs, inputs].</param>
    /// <param name="boundaries">From <see cref="SummationShards.Boundaries"/>, or those of one chain.</param>
    /// <returns>[tokens, outputs]; the caller disposes it.</returns>
    public static unsafe Tensor Of(Tensor x, PackedMatrix weight, int[] boundaries)
    {
        using var scope = NewDisposeScope();
        var wide = x.to_type(ScalarType.Float32).contiguous(); // [tokens, inputs]
        var y = empty([wide.shape[0], weight.OutputCount], ScalarType.Float32, x.device); // [tokens, outputs]
        var from = (float*)TensorMemory.Pointer(wide);
        var to = (float*)TensorMemory.Pointer(y);
        var weights = new float[weight.InputCount];
        for (var output = 0; output < weight.OutputCount; output++)
        {
            fixed (float* values = weights)
                weight.CopyOutput(output, values);
            for (var row = 0L; row < wide.shape[0]; row++)
                to[(row * weight.OutputCount) + output] = Sum(from + (row * weight.InputCount), weights, boundaries);
        }
        return scope.MoveToOuter(y);
    }

    private static unsafe float Sum(float* x, float[] weights, int[] boundaries)
    {
        Span<float> shards = stackalloc float[boundaries.Length - 1];
        for (var shard = 0; shard < shards.Length; shard++)
        {
            for (var k = boundaries[shard]; k < boundaries[shard + 1]; k++)
                shards[shard] = MathF.FusedMultiplyAdd(x[k], weights[k], shards[shard]);
        }
        for (var step = 1; step < shards.Length; step *= 2)
        {
            for (var shard = 0; shard < shards.Length; shard += 2 * step)
                shards[shard] += shards[shard + step];
        }
        return shards[0];
    }
}
