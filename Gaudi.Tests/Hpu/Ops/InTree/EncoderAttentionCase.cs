using System.Collections.Immutable;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Ops.InTree;

/// <summary>Encoder attention of one shape with seeded inputs, and what it must give, by loops in float64.</summary>
internal sealed record EncoderAttentionCase(
    int HeadCount, int KvHeadCount, int HeadDim, ImmutableArray<int> SegmentStarts, ScalarType Dtype, int Seed)
{
    /// <summary>One token, one segment, several, grouped heads, and sizes that fill no vector.</summary>
    public static IEnumerable<EncoderAttentionCase> Of(ScalarType dtype)
    {
        yield return new(1, 1, 4, [0, 1], dtype, 1);
        yield return new(2, 2, 8, [0, 5], dtype, 2);
        yield return new(3, 1, 5, [0, 1, 2, 9], dtype, 3);
        yield return new(4, 2, 20, [0, 17, 33, 34], dtype, 4);
        yield return new(6, 3, 80, [0, 16, 32], dtype, 5);
        yield return new(2, 1, 13, [0, 3, 130], dtype, 6);
        yield return new(4, 4, 33, [0, 65], dtype, 7);
    }

    public int TokenCount => SegmentStarts[^1];

    public MmEncoderAttention Build(OpTable table) => table.Create<MmEncoderAttention>(
        new EncoderAttentionSpec("attn", Dtype, CPU, HeadCount, KvHeadCount, HeadDim, 1 / MathF.Sqrt(HeadDim)));

    public Tensor Query() => Specs.Random(Seed, Dtype, TokenCount, HeadCount * HeadDim);

    public Tensor Key() => Specs.Random(Seed + 100, Dtype, TokenCount, KvHeadCount * HeadDim);

    public Tensor Value() => Specs.Random(Seed + 200, Dtype, TokenCount, KvHeadCount * HeadDim);

    /// <summary>[tokens * heads * headDim].</summary>
    public double[] Expected(Tensor query, Tensor key, Tensor value)
    {
        var (q, k, v) = (query.Floats(), key.Floats(), value.Floats());
        var y = new double[q.Length];
        for (var token = 0; token < TokenCount; token++)
        {
            var end = SegmentStarts.First(start => start > token);
            var first = SegmentStarts.Last(start => start <= token);
            for (var head = 0; head < HeadCount; head++)
            {
                var at = ((token * HeadCount) + head) * HeadDim;
                var weights = new double[end - first];
                for (var other = first; other < end; other++)
                    weights[other - first] = Math.Exp(
                        Enumerable.Range(0, HeadDim).Sum(d => (double)q[at + d] * k[KeyAt(other, head) + d])
                        / Math.Sqrt(HeadDim));
                for (var other = first; other < end; other++)
                {
                    for (var d = 0; d < HeadDim; d++)
                        y[at + d] += weights[other - first] / weights.Sum() * v[KeyAt(other, head) + d];
                }
            }
        }
        return y;
    }

    private int KeyAt(int token, int head) => ((token * KvHeadCount) + (head * KvHeadCount / HeadCount)) * HeadDim;
}
