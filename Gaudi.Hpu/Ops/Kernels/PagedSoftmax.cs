using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Gaudi.Hpu.Ops.Kernels;

/// <summary>
/// softmax(q K^T * scale) V of one head at one position over the cached positions it sees, read block by block.
/// Scores are chains of fused multiply-adds over the head's dimensions, probabilities are summed in eight lanes and one
/// tree, values are a chain over ascending positions: the bits depend on the position and the cached values alone, not
/// on how many positions a step computes or in how many blocks they lie.
/// </summary>
/// <remarks>
/// A sink is one more score without a value: it takes part in the softmax once, however many blocks there are. Source:
/// Xiao et al. 2023 (StreamingLLM), section 3.
/// </remarks>
internal static unsafe class PagedSoftmax
{
    /// <summary>Scores a position needs room for: one each, padded to whole vectors.</summary>
    public static int ScoreRoom(int position) => (position + 8) / 8 * 8;

    /// <summary>Attends for one head.</summary>
    /// <param name="query">[headDim].</param>
    /// <param name="head">Where the cache keeps this head's keys and values.</param>
    /// <param name="blockIds">Blocks that hold positions 0 .. position, in order.</param>
    /// <param name="seen">The positions attended to; the last is the query's own.</param>
    /// <param name="shape">What is done to the scores.</param>
    /// <param name="scores">ScoreRoom(last position) values of scratch.</param>
    /// <param name="output">[valueDim], padding included. Overwritten.</param>
    public static void Attend<TStored>(
        float* query, in CachedHead head, ReadOnlySpan<int> blockIds, SeenPositions seen, ScoreShape shape,
        float* scores, float* output)
        where TStored : struct, IWidenedFloat
    {
        // Whole blocks before the first position are left out; those inside its block are masked.
        var skippedBlocks = seen.First / head.BlockSizeTokens;
        var blocks = blockIds[skippedBlocks..];
        var hidden = seen.First - (skippedBlocks * head.BlockSizeTokens);
        var count = seen.Last + 1 - (skippedBlocks * head.BlockSizeTokens);
        for (var first = 0; first < count; first += head.BlockSizeTokens)
        {
            var keys = head.Keys + (blocks[first / head.BlockSizeTokens] * head.BlockStride * TStored.Bytes);
            var here = Math.Min(head.BlockSizeTokens, count - first);
            Score<TStored>(query, keys, head.HeadDim, head.BlockSizeTokens, here, shape.Scale, scores + first);
        }
        if (shape.SoftCap is { } cap)
            SoftCap.Apply(scores, ScoreRoom(count - 1), cap);
        var sum = Normalise(scores, hidden, count, shape.Sink);
        var d = 0;
        for (; head.Values != null && d + 32 <= head.ValueDim; d += 32)
            Gather32<TStored>(head, blocks, hidden, count, scores, sum, d, output);
        for (; head.Values != null && d < head.ValueDim; d += 8)
            Gather8<TStored>(head, blocks, hidden, count, scores, sum, d, output);
        for (; d < head.ValueDim; d += EightByEight.Side)
            GatherOfKeys<TStored>(head, blocks, hidden, count, scores, sum, d, output);
    }

    // scores[j] = scale * sum over d of query[d] * keys[d, j]; keys are [headDim, blockSize].
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Score<TStored>(
        float* query, byte* keys, int headDim, int blockSize, int count, float scale, float* scores)
        where TStored : struct, IWidenedFloat
    {
        var factor = Vector256.Create(scale);
        var j = 0;
        for (; j + 24 < count; j += 32)
        {
            Vector256<float> sum0 = default, sum1 = default, sum2 = default, sum3 = default;
            for (var d = 0; d < headDim; d++)
            {
                var value = Vector256.Create(query[d]);
                var at = ((long)d * blockSize) + j;
                sum0 = Vector256.FusedMultiplyAdd(value, TStored.Load8(keys, at), sum0);
                sum1 = Vector256.FusedMultiplyAdd(value, TStored.Load8(keys, at + 8), sum1);
                sum2 = Vector256.FusedMultiplyAdd(value, TStored.Load8(keys, at + 16), sum2);
                sum3 = Vector256.FusedMultiplyAdd(value, TStored.Load8(keys, at + 24), sum3);
            }
            (sum0 * factor).Store(scores + j);
            (sum1 * factor).Store(scores + j + 8);
            (sum2 * factor).Store(scores + j + 16);
            (sum3 * factor).Store(scores + j + 24);
        }
        for (; j < count; j += 8)
        {
            Vector256<float> sum = default;
            for (var d = 0; d < headDim; d++)
                sum = Vector256.FusedMultiplyAdd(
                    Vector256.Create(query[d]), TStored.Load8(keys, ((long)d * blockSize) + j), sum);
            (sum * factor).Store(scores + j);
        }
    }

    // Scores become exp(score - max); returns their sum, the sink's among it. Lanes past the end were computed from
    // unused slots, those before the window are not seen: they become 0.
    private static float Normalise(float* scores, int hidden, int count, float sink)
    {
        for (var j = 0; j < hidden; j++)
            scores[j] = float.NegativeInfinity;
        for (var j = count; j < ScoreRoom(count - 1); j++)
            scores[j] = float.NegativeInfinity;
        var largest = Vector256.Create(float.NegativeInfinity);
        for (var j = 0; j < count; j += 8)
            largest = Vector256.Max(largest, Vector256.Load(scores + j));
        var max = sink;
        for (var lane = 0; lane < 8; lane++)
            max = MathF.Max(max, largest[lane]);
        var sums = Vector256<float>.Zero;
        for (var j = 0; j < count; j += 8)
        {
            var probability = Exponential.Of(Vector256.Load(scores + j) - Vector256.Create(max));
            probability.Store(scores + j);
            sums += probability;
        }
        var sum = Lanes.Sum(sums);
        return float.IsNegativeInfinity(sink) ? sum : sum + Exponential.Of(sink - max);
    }

    // As below, for 8 dimensions of keys, which are [headDim, blockSize]: turned in tiles, added in the same order.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void GatherOfKeys<TStored>(
        in CachedHead head, ReadOnlySpan<int> blockIds, int hidden, int count, float* probabilities, float sum,
        int d, float* output)
        where TStored : struct, IWidenedFloat
    {
        const int Side = EightByEight.Side;
        var tile = stackalloc Vector256<float>[Side];
        Vector256<float> total = default;
        for (var first = 0; first < count; first += head.BlockSizeTokens)
        {
            var keys = head.Keys + (blockIds[first / head.BlockSizeTokens] * head.BlockStride * TStored.Bytes);
            var end = Math.Min(head.BlockSizeTokens, count - first);
            var begin = first == 0 ? hidden : 0;
            for (var j = begin / Side * Side; j < end; j += Side)
            {
                for (var i = 0; i < Side; i++)
                    tile[i] = TStored.Load8(keys, ((long)(d + i) * head.BlockSizeTokens) + j);
                EightByEight.Transpose(tile);
                for (var i = Math.Max(0, begin - j); i < Math.Min(Side, end - j); i++)
                    total = Vector256.FusedMultiplyAdd(Vector256.Create(probabilities[first + j + i]), tile[i], total);
            }
        }
        (total / Vector256.Create(sum)).Store(output + d);
    }

    // output[d ..] = sum over j of probability[j] * values[j, d ..] / sum, in d of 32 or 8; values are [blockSize,
    // valueDim].
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Gather32<TStored>(
        in CachedHead head, ReadOnlySpan<int> blockIds, int hidden, int count, float* probabilities, float sum,
        int d, float* output)
        where TStored : struct, IWidenedFloat
    {
        Vector256<float> sum0 = default, sum1 = default, sum2 = default, sum3 = default;
        for (var first = 0; first < count; first += head.BlockSizeTokens)
        {
            var values = head.Values + (blockIds[first / head.BlockSizeTokens] * head.BlockStride * TStored.Bytes);
            var end = Math.Min(head.BlockSizeTokens, count - first);
            for (var j = first == 0 ? hidden : 0; j < end; j++)
            {
                var probability = Vector256.Create(probabilities[first + j]);
                var at = ((long)j * head.ValueDim) + d;
                sum0 = Vector256.FusedMultiplyAdd(probability, TStored.Load8(values, at), sum0);
                sum1 = Vector256.FusedMultiplyAdd(probability, TStored.Load8(values, at + 8), sum1);
                sum2 = Vector256.FusedMultiplyAdd(probability, TStored.Load8(values, at + 16), sum2);
                sum3 = Vector256.FusedMultiplyAdd(probability, TStored.Load8(values, at + 24), sum3);
            }
        }
        var divisor = Vector256.Create(sum);
        (sum0 / divisor).Store(output + d);
        (sum1 / divisor).Store(output + d + 8);
        (sum2 / divisor).Store(output + d + 16);
        (sum3 / divisor).Store(output + d + 24);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Gather8<TStored>(
        in CachedHead head, ReadOnlySpan<int> blockIds, int hidden, int count, float* probabilities, float sum,
        int d, float* output)
        where TStored : struct, IWidenedFloat
    {
        Vector256<float> sum0 = default;
        for (var first = 0; first < count; first += head.BlockSizeTokens)
        {
            var values = head.Values + (blockIds[first / head.BlockSizeTokens] * head.BlockStride * TStored.Bytes);
            var end = Math.Min(head.BlockSizeTokens, count - first);
            for (var j = first == 0 ? hidden : 0; j < end; j++)
            {
                var probability = Vector256.Create(probabilities[first + j]);
                var value = TStored.Load8(values, ((long)j * head.ValueDim) + d);
                sum0 = Vector256.FusedMultiplyAdd(probability, value, sum0);
            }
        }
        (sum0 / Vector256.Create(sum)).Store(output + d);
    }
}
