using System.Collections.Immutable;
using Gaudi.Hpu;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Ops.Kernels;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Ops.InTree;

/// <summary>Random queries, keys and values, attended to through a paged cache and by a plain softmax in double.</summary>
internal sealed class AttentionInputs(
    ScalarType dtype, int heads, int kvHeads, int headDim, int seed, int length = AttentionInputs.UsualLength)
{
    public const int UsualLength = 75;

    private readonly Tensor _query = Specs.Random(seed, dtype, length, heads * headDim);
    private readonly Tensor _key = Specs.Random(seed + 1, dtype, length, kvHeads * headDim);
    private readonly Tensor _value = Specs.Random(seed + 2, dtype, length, kvHeads * headDim);

    public int? WindowTokens { get; init; }

    public float[]? Sinks { get; init; }

    /// <summary>Keys and values are kept as float8; null keeps them as they are.</summary>
    public KvScales? Scales { get; init; }

    public static Attention Op(
        ScalarType dtype, int heads, int kvHeads, int headDim, int? windowTokens = null, float[]? sinks = null)
    {
        var op = OpTable.InTree().Create<Attention>(
            new AttentionSpec("attn", dtype, CPU, heads, kvHeads, headDim, 1 / MathF.Sqrt(headDim))
            {
                WindowTokens = windowTokens, Sinks = sinks is null ? null : WeightSlice.Whole("sinks", heads),
            });
        Assert.Equal(sinks is null ? 0 : 1, op.Slices.Length);
        if (sinks is not null)
            op.Load(0, tensor(sinks));
        return op;
    }

    /// <summary>The positions in chunks, through a cache whose blocks lie in a shuffled order.</summary>
    public Tensor Run(int blockSize, int[] chunks, float filler = 0)
    {
        var op = Op(dtype, heads, kvHeads, headDim, WindowTokens, Sinks);
        var blockCount = (length + blockSize - 1) / blockSize;
        using var cache = new PagedKv(
            blockCount + 2, blockSize, kvHeads, headDim, Scales is null ? dtype : E4m3.Dtype, CPU, scales: Scales);
        Fill(cache, filler);
        var ids = Enumerable.Range(0, blockCount + 2).ToArray();
        new Random(seed).Shuffle(ids);
        ImmutableArray<int> table = [.. ids.Take(blockCount)];
        var outputs = new List<Tensor>();
        var start = 0;
        foreach (var count in chunks)
        {
            var rows = new StepRows(
                TokenRole.Prompt, [.. new int[count]], [.. Enumerable.Range(start, count)],
                [.. Enumerable.Repeat(table, count)]);
            var (from, rowCount) = (start, count);
            Tensor Part(Tensor x) => x.narrow(0, from, rowCount);
            outputs.Add(op.Forward(Part(_query), Part(_key), Part(_value), cache, rows));
            start += count;
        }
        Assert.Equal(length, start);
        return cat(outputs);
    }

    /// <summary>The truth in double.</summary>
    /// <param name="ofStored">Over the values that float8 codes stand for; else over what was there before.</param>
    public IEnumerable<double> Plain(bool ofStored = true)
    {
        var (q, k, v) = (_query.Floats(), _key.Floats(), _value.Floats());
        if (ofStored && Scales is { } scales)
            (k, v) = (Stored(k, scales.Key, scales.Max), Stored(v, scales.Value, scales.Max));
        for (var position = 0; position < length; position++)
        {
            for (var head = 0; head < heads; head++)
            {
                var kvHead = head / (heads / kvHeads);
                var query = Head(q, position, heads, head);
                var first = Math.Max(0, position + 1 - (WindowTokens ?? int.MaxValue));
                var seen = Enumerable.Range(first, position + 1 - first).ToArray();
                var weights = seen
                    .Select(j => Math.Exp(Dot(query, Head(k, j, kvHeads, kvHead)) / Math.Sqrt(headDim))).ToArray();
                var values = seen.Select(j => Head(v, j, kvHeads, kvHead)).ToArray();
                var sum = weights.Sum() + (Sinks is null ? 0 : Math.Exp(Sinks[head]));
                for (var d = 0; d < headDim; d++)
                    yield return weights.Zip(values, (weight, value) => weight * value[d]).Sum() / sum;
            }
        }
    }

    private static float[] Stored(float[] values, float scale, float max) =>
        [.. values.Select(value => E4m3.Decode(E4m3.Encode(value * (1 / scale), max)) * scale)];

    private double[] Head(float[] x, int position, int count, int head) =>
        [.. x.AsSpan(((position * count) + head) * headDim, headDim).ToArray().Select(value => (double)value)];

    private static double Dot(double[] x, double[] y) => x.Zip(y, (a, b) => a * b).Sum();

    private unsafe void Fill(PagedKv cache, float filler)
    {
        var head = cache.Head(0);
        var count = head.BlockStride * cache.BlockCount;
        var half = (ushort)(BitConverter.SingleToUInt32Bits(filler) >> 16);
        for (var i = 0L; i < count; i++)
        {
            if (Scales is not null)
                head.Keys[i] = head.Values[i] = E4m3.Encode(filler, E4m3.MaxValue);
            else if (dtype == ScalarType.BFloat16)
                ((ushort*)head.Keys)[i] = ((ushort*)head.Values)[i] = half;
            else
                ((float*)head.Keys)[i] = ((float*)head.Values)[i] = filler;
        }
    }
}
