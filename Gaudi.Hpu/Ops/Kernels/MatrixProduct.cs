using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.Kernels;

/// <summary>
/// Rows times a packed weight, in float32, by the order of <see cref="SummationShards"/>. Every output element is its
/// own chain of fused multiply-adds, so its bits depend on its row and its weights alone: not on the other rows, their
/// number, the other outputs, the group size or the width of the processor's vectors.
/// </summary>
internal static unsafe class MatrixProduct
{
    private const int Panel = PackedMatrix.PanelOutputs;
    private const int TileRows = 4;

    /// <summary>y[row, output] = the sum over this slice's shards of x[row, k] * weight[output, k].</summary>
    /// <param name="x">[rows, inputs], rows one after another.</param>
    /// <param name="rowCount">At least 0.</param>
    /// <param name="weight">Its inputs are those of the shards.</param>
    /// <param name="boundaries">From <see cref="SummationShards.Boundaries"/>.</param>
    /// <param name="y">[rows, outputs], rows one after another. Overwritten.</param>
    public static void Multiply(float* x, int rowCount, PackedMatrix weight, ReadOnlySpan<int> boundaries, float* y) =>
        Multiply(x, rowCount, weight, boundaries, isApart: false, y);

    /// <summary>The same sums before the tree: each shard's own, for what adds other things to them first.</summary>
    /// <param name="x">[rows, inputs], rows one after another.</param>
    /// <param name="rowCount">At least 0.</param>
    /// <param name="weight">Its inputs are those of the shards.</param>
    /// <param name="boundaries">From <see cref="SummationShards.Boundaries"/>.</param>
    /// <param name="y">[shards, rows, outputs], one after another. Overwritten.</param>
    public static void MultiplyApart(
        float* x, int rowCount, PackedMatrix weight, ReadOnlySpan<int> boundaries, float* y) =>
        Multiply(x, rowCount, weight, boundaries, isApart: true, y);

    private static void Multiply(
        float* x, int rowCount, PackedMatrix weight, ReadOnlySpan<int> boundaries, bool isApart, float* y)
    {
        Invariant.That(
            boundaries[^1] == weight.InputCount, $"shards end at {boundaries[^1]}, inputs at {weight.InputCount}");
        if (weight.Dtype == ScalarType.BFloat16)
            Multiply<StoredBfloat16>(x, rowCount, weight, boundaries, isApart, y);
        else
            Multiply<StoredFloat32>(x, rowCount, weight, boundaries, isApart, y);
    }

    private static void Multiply<TStored>(
        float* x, int rowCount, PackedMatrix weight, ReadOnlySpan<int> boundaries, bool isApart, float* y)
        where TStored : struct, IStoredFloat
    {
        var shardCount = boundaries.Length - 1;
        var tile = stackalloc float[SummationShards.Count * TileRows * Panel]; // [shards, rows, 16]
        var inputs = weight.InputCount;
        var panelBytes = (long)inputs * Panel * TStored.Bytes;
        for (var panel = 0; panel < weight.PanelCount; panel++)
        {
            var weights = weight.Values + (panel * panelBytes);
            var firstOutput = panel * Panel;
            var width = Math.Min(Panel, weight.OutputCount - firstOutput);
            for (var row = 0; row < rowCount;)
            {
                var rows = rowCount - row >= TileRows ? TileRows : 1;
                var from = x + ((long)row * inputs);
                for (var shard = 0; shard < shardCount; shard++)
                {
                    var sums = tile + (shard * TileRows * Panel);
                    if (rows == TileRows)
                        SumFourRows<TStored>(from, inputs, weights, boundaries[shard], boundaries[shard + 1], sums);
                    else
                        SumOneRow<TStored>(from, weights, boundaries[shard], boundaries[shard + 1], sums);
                }
                if (!isApart)
                    AddTree(tile, shardCount, rows * Panel);
                for (var sum = 0; sum < (isApart ? shardCount : 1); sum++)
                {
                    var to = y + ((((long)sum * rowCount) + row) * weight.OutputCount) + firstOutput;
                    CopyTile(tile + (sum * TileRows * Panel), rows, width, to, weight.OutputCount);
                }
                row += rows;
            }
        }
    }

    private static void CopyTile(float* tile, int rows, int width, float* y, int stride)
    {
        for (var row = 0; row < rows; row++, tile += Panel, y += stride)
            Buffer.MemoryCopy(tile, y, width * sizeof(float), width * sizeof(float));
    }

    // Shard sums become the first one's values: neighbours first, then neighbours of those.
    private static void AddTree(float* tile, int shardCount, int valueCount)
    {
        const int ShardStride = TileRows * Panel;
        for (var step = 1; step < shardCount; step *= 2)
        {
            for (var shard = 0; shard < shardCount; shard += 2 * step)
            {
                var left = tile + (shard * ShardStride);
                var right = left + (step * ShardStride);
                for (var i = 0; i < valueCount; i += 8)
                    (Vector256.Load(left + i) + Vector256.Load(right + i)).Store(left + i);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumOneRow<TStored>(float* x, byte* weights, int begin, int end, float* sums)
        where TStored : struct, IStoredFloat
    {
        var low = Vector256<float>.Zero;
        var high = Vector256<float>.Zero;
        for (var k = begin; k < end; k++)
        {
            var value = Vector256.Create(x[k]);
            low = Vector256.FusedMultiplyAdd(value, TStored.Load8(weights, (long)k * Panel), low);
            high = Vector256.FusedMultiplyAdd(value, TStored.Load8(weights, ((long)k * Panel) + 8), high);
        }
        low.Store(sums);
        high.Store(sums + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumFourRows<TStored>(float* x, long stride, byte* weights, int begin, int end, float* sums)
        where TStored : struct, IStoredFloat
    {
        Vector256<float> low0 = default, low1 = default, low2 = default, low3 = default;
        Vector256<float> high0 = default, high1 = default, high2 = default, high3 = default;
        for (var k = begin; k < end; k++)
        {
            var low = TStored.Load8(weights, (long)k * Panel);
            var high = TStored.Load8(weights, ((long)k * Panel) + 8);
            var value0 = Vector256.Create(x[k]);
            var value1 = Vector256.Create(x[k + stride]);
            var value2 = Vector256.Create(x[k + (2 * stride)]);
            var value3 = Vector256.Create(x[k + (3 * stride)]);
            low0 = Vector256.FusedMultiplyAdd(value0, low, low0);
            high0 = Vector256.FusedMultiplyAdd(value0, high, high0);
            low1 = Vector256.FusedMultiplyAdd(value1, low, low1);
            high1 = Vector256.FusedMultiplyAdd(value1, high, high1);
            low2 = Vector256.FusedMultiplyAdd(value2, low, low2);
            high2 = Vector256.FusedMultiplyAdd(value2, high, high2);
            low3 = Vector256.FusedMultiplyAdd(value3, low, low3);
            high3 = Vector256.FusedMultiplyAdd(value3, high, high3);
        }
        low0.Store(sums);
        high0.Store(sums + 8);
        low1.Store(sums + 16);
        high1.Store(sums + 24);
        low2.Store(sums + 32);
        high2.Store(sums + 40);
        low3.Store(sums + 48);
        high3.Store(sums + 56);
    }
}
