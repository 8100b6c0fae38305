using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.GaudiPlugin.Kernels;

/// <summary>
/// Rows times a weight that is widened as it is used: a block of inputs of a panel goes to the processor's cache, and all rows
/// are multiplied by it. Sums run by the order of <see cref="SummationShards"/>, so the bits are those of the widened
/// weight's plain product.
/// </summary>
internal static unsafe class PanelProduct
{
    private const int Panel = PackedMatrix.PanelOutputs;
    private const int BlockInputs = 256;

    /// <summary>Bytes it takes beside rows and weight.</summary>
    /// <param name="rowCount">Rows of the product.</param>
    public static long ScratchBytes(int rowCount) =>
        sizeof(float) * Panel * (((long)SummationShards.Count * rowCount) + BlockInputs);

    /// <summary>x W^T in float32.</summary>
    /// <param name="x">[tokens, inputs]. Not changed.</param>
    /// <param name="weight">[outputs, inputs].</param>
    /// <param name="boundaries">From <see cref="SummationShards.Boundaries"/>.</param>
    /// <param name="isApart">Whether the sums of the shards stay apart.</param>
    /// <returns>[tokens, outputs], or [shards, tokens, outputs]; the caller disposes it.</returns>
    public static Tensor Run<TPanels>(Tensor x, TPanels weight, ReadOnlySpan<int> boundaries, bool isApart)
        where TPanels : struct, IPanels
    {
        Invariant.That(
            boundaries[^1] == weight.InputCount, $"shards end at {boundaries[^1]}, inputs at {weight.InputCount}");
        using var scope = NewDisposeScope();
        var rowCount = (int)x.shape[0];
        var shardCount = boundaries.Length - 1;
        var wide = x.to_type(ScalarType.Float32).contiguous(); // [tokens, inputs]
        var sumsKept = isApart ? shardCount : 1;
        var y = empty([sumsKept, rowCount, weight.OutputCount], ScalarType.Float32, x.device); // [shards or 1, tokens, outputs]
        var room = empty([shardCount, rowCount, Panel], ScalarType.Float32, x.device); // [shards, tokens, 16]
        var block = empty([BlockInputs, Panel], ScalarType.Float32, x.device); // [inputs, 16]
        var sums = (float*)TensorMemory.Pointer(room);
        var sumCount = rowCount * Panel;
        for (var panel = 0; panel * Panel < weight.OutputCount; panel++)
        {
            new Span<float>(sums, shardCount * sumCount).Clear();
            for (var shard = 0; shard < shardCount; shard++)
            {
                AddShard(
                    (float*)TensorMemory.Pointer(wide), rowCount, weight, panel, boundaries[shard], boundaries[shard + 1],
                    (float*)TensorMemory.Pointer(block), sums + (shard * (long)sumCount));
            }
            if (!isApart)
                SummationTree.Reduce(new Span<float>(sums, shardCount * sumCount), shardCount);
            var width = Math.Min(Panel, weight.OutputCount - (panel * Panel));
            var to = (float*)TensorMemory.Pointer(y) + (panel * Panel);
            for (var row = 0L; row < (long)sumsKept * rowCount; row++, to += weight.OutputCount)
                new ReadOnlySpan<float>(sums + (row * Panel), width).CopyTo(new Span<float>(to, width));
        }
        return scope.MoveToOuter(isApart ? y : y.squeeze(0));
    }

    private static void AddShard<TPanels>(
        float* x, int rowCount, TPanels weight, int panel, int begin, int end, float* block, float* sums)
        where TPanels : struct, IPanels
    {
        for (var from = begin; from < end; from += BlockInputs)
        {
            var count = Math.Min(BlockInputs, end - from);
            weight.Widen(panel, from, count, block);
            ChainedProduct.Add(
                x + from, weight.InputCount, stepStride: 1, rowCount, block, Panel, count, Panel, sums, Panel);
        }
    }
}
