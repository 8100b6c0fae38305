using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.GaudiPlugin.Kernels;

/// <summary>
/// Attention inside segments. A segment's keys and values of one head are packed once, in float32; queries pass over
/// them in tiles of four. Each score, each sum and each output value is a chain of its own in an order that the segment
/// alone fixes: a token's bits do not depend on its tile, the other segments or their number.
/// </summary>
internal static unsafe class EncoderAttentionKernel
{
    /// <summary>Attends from every token.</summary>
    /// <param name="query">[tokens, heads * headDim], float32 or bfloat16. Not changed.</param>
    /// <param name="key">[tokens, kvHeads * headDim], the query's type. Not changed.</param>
    /// <param name="value">[tokens, kvHeads * headDim], the query's type. Not changed.</param>
    /// <param name="segmentStarts">Strictly ascending from 0 to tokens.</param>
    /// <param name="spec">Heads, their dimensions and the scale.</param>
    /// <returns>[tokens, heads * headDim] in the query's type; the caller disposes it.</returns>
    public static Tensor Run(
        Tensor query, Tensor key, Tensor value, ReadOnlySpan<int> segmentStarts, EncoderAttentionSpec spec)
    {
        using var scope = NewDisposeScope();
        var q = query.contiguous(); // [tokens, heads * headDim]
        var k = key.contiguous(); // [tokens, kvHeads * headDim]
        var v = value.contiguous(); // [tokens, kvHeads * headDim]
        var y = empty(query.shape, query.dtype, query.device); // [tokens, heads * headDim]
        if (query.dtype == ScalarType.BFloat16)
            Run<StoredBfloat16>(q, k, v, segmentStarts, spec, y);
        else
            Run<StoredFloat32>(q, k, v, segmentStarts, spec, y);
        return scope.MoveToOuter(y);
    }

    private static void Run<TStored>(
        Tensor query, Tensor key, Tensor value, ReadOnlySpan<int> segmentStarts, EncoderAttentionSpec spec, Tensor output)
        where TStored : struct, IStoredFloat
    {
        var keyCountMax = 0;
        for (var segment = 1; segment < segmentStarts.Length; segment++)
            keyCountMax = Math.Max(keyCountMax, segmentStarts[segment] - segmentStarts[segment - 1]);
        using var head = new EncoderHead(keyCountMax, spec.HeadDim, query.device);
        var (queryWidth, keyWidth) = ((long)spec.HeadCount * spec.HeadDim, (long)spec.KvHeadCount * spec.HeadDim);
        var group = spec.HeadCount / spec.KvHeadCount;
        for (var segment = 0; segment + 1 < segmentStarts.Length; segment++)
        {
            var (first, end) = (segmentStarts[segment], segmentStarts[segment + 1]);
            for (var kvHead = 0; kvHead < spec.KvHeadCount; kvHead++)
            {
                var at = ((first * keyWidth) + ((long)kvHead * spec.HeadDim)) * TStored.Bytes;
                head.Pack<TStored>(
                    TensorMemory.Pointer(key) + at, TensorMemory.Pointer(value) + at, keyWidth, end - first);
                for (var one = kvHead * group; one < (kvHead + 1) * group; one++)
                {
                    for (var row = first; row < end; row += EncoderHead.TileQueries)
                    {
                        var from = ((row * queryWidth) + ((long)one * spec.HeadDim)) * TStored.Bytes;
                        head.Attend<TStored>(
                            TensorMemory.Pointer(query) + from, TensorMemory.Pointer(output) + from, queryWidth,
                            Math.Min(EncoderHead.TileQueries, end - row), spec.Scale);
                    }
                }
            }
        }
    }
}
