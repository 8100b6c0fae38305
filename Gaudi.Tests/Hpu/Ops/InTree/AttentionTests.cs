using System.Collections.Immutable;
using Gaudi.Hpu;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Ops.InTree;

/// <summary>Paged attention against a plain softmax in double, and its bits against themselves.</summary>
public sealed class AttentionTests
{
    private const int Length = 75;

    [Theory]
    [InlineData(ScalarType.Float32, 4, 2, 64, 128, 1e-5)]
    [InlineData(ScalarType.Float32, 4, 4, 32, 8, 1e-5)]
    [InlineData(ScalarType.Float32, 3, 1, 5, 16, 1e-5)]
    [InlineData(ScalarType.Float32, 6, 2, 80, 24, 1e-5)]
    [InlineData(ScalarType.BFloat16, 4, 2, 64, 40, 1e-2)] // one rounding of the output: 2^-8
    public void Output_is_the_plain_softmax_for_any_block_split(
        ScalarType dtype, int heads, int kvHeads, int headDim, int blockSize, double tolerance)
    {
        using var scope = NewDisposeScope();
        var inputs = new Inputs(dtype, heads, kvHeads, headDim, seed: blockSize);
        var output = inputs.Run(blockSize, [Length]);
        Specs.Near(inputs.Plain(), output, tolerance);
    }

    [Theory]
    [InlineData(1, 16)]
    [InlineData(7, 8)]
    [InlineData(16, 16)]
    [InlineData(33, 16)]
    [InlineData(74, 128)]
    [InlineData(500, 24)]
    public void A_window_hides_everything_before_it_for_any_block_split(int windowTokens, int blockSize)
    {
        using var scope = NewDisposeScope();
        var inputs = new Inputs(ScalarType.Float32, heads: 4, kvHeads: 2, headDim: 40, windowTokens) { WindowTokens = windowTokens };
        Specs.Near(inputs.Plain(), inputs.Run(blockSize, [Length]), 1e-5);
        Assert.Equal(inputs.Run(blockSize, [Length]).Bits(), inputs.Run(blockSize, [1, 30, 2, 42]).Bits());
        // What is left out is not even read: it may be anything.
        if (windowTokens < Length)
            Assert.NotEqual(new Inputs(ScalarType.Float32, 4, 2, 40, windowTokens).Plain(), inputs.Plain());
    }

    /// <summary>Upstream's flat kernel counts a sink once for each block: the truth here counts it once.</summary>
    [Theory]
    [InlineData(8, null)]
    [InlineData(16, null)]
    [InlineData(128, null)]
    [InlineData(8, 20)]
    public void A_sink_counts_once_however_many_blocks_there_are(int blockSize, int? windowTokens)
    {
        using var scope = NewDisposeScope();
        var inputs = new Inputs(ScalarType.Float32, heads: 4, kvHeads: 2, headDim: 24, seed: blockSize)
        {
            Sinks = [1.5f, -2, 0, 6], WindowTokens = windowTokens,
        };
        Specs.Near(inputs.Plain(), inputs.Run(blockSize, [Length]), 1e-5);
        Specs.Near(inputs.Plain(), inputs.Run(blockSize, [.. Enumerable.Repeat(1, Length)]), 1e-5);
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void Bits_do_not_depend_on_chunks_or_blocks(ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        var inputs = new Inputs(dtype, heads: 4, kvHeads: 2, headDim: 24, seed: 9);
        var whole = inputs.Run(128, [Length]).Bits();
        Assert.Equal(whole, inputs.Run(128, [.. Enumerable.Repeat(1, Length)]).Bits());
        Assert.Equal(whole, inputs.Run(16, [1, 30, 2, 42]).Bits());
        Assert.Equal(whole, inputs.Run(8, [64, 11]).Bits());
        Assert.Equal(whole, inputs.Run(40, [39, 2, 34]).Bits());
    }

    [Fact]
    public void Unused_slots_of_a_block_are_never_seen()
    {
        using var scope = NewDisposeScope();
        var inputs = new Inputs(ScalarType.Float32, heads: 2, kvHeads: 1, headDim: 8, seed: 3);
        var clean = inputs.Run(128, [Length]).Bits();
        Assert.Equal(clean, inputs.Run(128, [Length], filler: float.NaN).Bits());
        Assert.Equal(clean, inputs.Run(128, [Length], filler: float.PositiveInfinity).Bits());
    }

    [Fact]
    public void Wrong_shapes_and_odd_blocks_are_refused()
    {
        using var scope = NewDisposeScope();
        var op = Op(ScalarType.Float32, 4, 2, 8);
        using var cache = new PagedKv(1, 8, 2, 8, ScalarType.Float32, CPU);
        var rows = new StepRows(TokenRole.Prompt, [1], [0], [[0]]);
        Assert.Throws<InvariantBrokenException>(
            () => op.Forward(zeros(1, 31), zeros(1, 16), zeros(1, 16), cache, rows));
        Assert.Throws<InvariantBrokenException>(() => op.Forward(zeros(1, 32), zeros(1, 8), zeros(1, 8), cache, rows));
        Assert.Throws<InvariantBrokenException>(
            () => op.Forward(zeros(2, 32), zeros(2, 16), zeros(2, 16), cache, rows));
        using var other = new PagedKv(1, 8, 1, 8, ScalarType.Float32, CPU);
        Assert.Throws<InvariantBrokenException>(
            () => op.Forward(zeros(1, 32), zeros(1, 16), zeros(1, 16), other, rows));
        Assert.Throws<InvariantBrokenException>(() => new PagedKv(1, 12, 1, 8, ScalarType.Float32, CPU));
    }

    private static Attention Op(
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

    private sealed class Inputs(ScalarType dtype, int heads, int kvHeads, int headDim, int seed)
    {
        private readonly Tensor _query = Specs.Random(seed, dtype, Length, heads * headDim);
        private readonly Tensor _key = Specs.Random(seed + 1, dtype, Length, kvHeads * headDim);
        private readonly Tensor _value = Specs.Random(seed + 2, dtype, Length, kvHeads * headDim);

        public int? WindowTokens { get; init; }

        public float[]? Sinks { get; init; }

        /// <summary>The positions in chunks, through a cache whose blocks lie in a shuffled order.</summary>
        public Tensor Run(int blockSize, int[] chunks, float filler = 0)
        {
            var op = Op(dtype, heads, kvHeads, headDim, WindowTokens, Sinks);
            var blockCount = (Length + blockSize - 1) / blockSize;
            using var cache = new PagedKv(blockCount + 2, blockSize, kvHeads, headDim, dtype, CPU);
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
                var (from, length) = (start, count);
                Tensor Part(Tensor x) => x.narrow(0, from, length);
                outputs.Add(op.Forward(Part(_query), Part(_key), Part(_value), cache, rows));
                start += count;
            }
            Assert.Equal(Length, start);
            return cat(outputs);
        }

        public IEnumerable<double> Plain()
        {
            var (q, k, v) = (_query.Floats(), _key.Floats(), _value.Floats());
            for (var position = 0; position < Length; position++)
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
                if (dtype == ScalarType.BFloat16)
                    ((ushort*)head.Keys)[i] = ((ushort*)head.Values)[i] = half;
                else
                    ((float*)head.Keys)[i] = ((float*)head.Values)[i] = filler;
            }
        }
    }
}
