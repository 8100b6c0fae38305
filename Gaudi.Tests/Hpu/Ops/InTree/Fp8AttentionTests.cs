using System.Collections.Immutable;
using Gaudi.Hpu;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Ops.Kernels;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Ops.InTree;

/// <summary>Attention over keys and values of a byte each.</summary>
public sealed class Fp8AttentionTests
{
    private const int Length = AttentionInputs.UsualLength;

    private static readonly KvScales Plain = KvScales.Plain(448);
    private static readonly KvScales Spread = new(0.02f, 0.03f, 240); // holds 4.8 and 7.2 of values of spread 1
    private static readonly KvScales Calibrated = new(0.013f, 0.007f, 240);

    [Theory]
    [InlineData(ScalarType.Float32, 4, 2, 64, 128, 1e-5)]
    [InlineData(ScalarType.Float32, 3, 1, 5, 16, 1e-5)]
    [InlineData(ScalarType.Float32, 6, 2, 80, 24, 1e-5)]
    [InlineData(ScalarType.BFloat16, 4, 2, 64, 40, 1e-2)] // one rounding of the output: 2^-8
    public void Output_is_the_softmax_over_the_stored_values(
        ScalarType dtype, int heads, int kvHeads, int headDim, int blockSize, double tolerance)
    {
        using var scope = NewDisposeScope();
        foreach (var scales in new[] { Plain, Calibrated })
        {
            var inputs = new AttentionInputs(dtype, heads, kvHeads, headDim, seed: blockSize) { Scales = scales };
            Specs.Near(inputs.Plain(), inputs.Run(blockSize, [Length]), tolerance);
        }
    }

    /// <summary>
    /// A code is off by 2^-4 of its value at most and 0.026 of it in root mean square, and so are scores of 64 products of spread 1.
    /// Both average out over the positions: together under 0.037, less the more positions are seen; the worst of 19,200 outputs,
    /// where a few positions hold all the weight, is some multiple of that.
    /// </summary>
    [Fact]
    public void Output_is_near_attention_in_float32()
    {
        using var scope = NewDisposeScope();
        var inputs = new AttentionInputs(ScalarType.Float32, heads: 4, kvHeads: 2, headDim: 64, seed: 7) { Scales = Spread };
        var output = inputs.Run(128, [Length]).Floats();
        double[] errors = [.. inputs.Plain(ofStored: false).Zip(output, (exact, came) => Math.Abs(exact - came))];
        Assert.Equal(output.Length, errors.Length);
        Assert.InRange(Math.Sqrt(errors.Average(error => error * error)), 0.001, 0.02);
        Assert.InRange(errors.Max(), 0, 0.15);
    }

    [Fact]
    public void Windows_and_sinks_hold_as_over_wider_values()
    {
        using var scope = NewDisposeScope();
        var inputs = new AttentionInputs(ScalarType.Float32, heads: 4, kvHeads: 2, headDim: 24, seed: 5)
        {
            Scales = Calibrated, Sinks = [1.5f, -2, 0, 6], WindowTokens = 20,
        };
        Specs.Near(inputs.Plain(), inputs.Run(8, [Length]), 1e-5);
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void Bits_do_not_depend_on_chunks_blocks_or_unused_slots(ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        var inputs = new AttentionInputs(dtype, heads: 4, kvHeads: 2, headDim: 24, seed: 9) { Scales = Calibrated };
        var whole = inputs.Run(128, [Length]).Bits();
        Assert.Equal(whole, inputs.Run(128, [.. Enumerable.Repeat(1, Length)]).Bits());
        Assert.Equal(whole, inputs.Run(16, [1, 30, 2, 42]).Bits());
        Assert.Equal(whole, inputs.Run(128, [Length], filler: float.NaN).Bits());
    }

    [Theory]
    [InlineData(ScalarType.Float32, 448, 1)]
    [InlineData(ScalarType.Float32, 240, 0.5)]
    [InlineData(ScalarType.BFloat16, 240, 0.03)]
    public void What_is_written_is_read_within_the_formats_error_and_saturates_at_the_cards_range(ScalarType dtype, float max, float scale)
    {
        const int HeadDim = 40;
        using var scope = NewDisposeScope();
        var random = new Random(4);
        // From far under the finest step to twice what fits.
        var values = Enumerable.Range(0, Length * HeadDim)
            .Select(_ => (float)((random.Next(2) == 0 ? -1 : 1) * max * scale * Math.Pow(2, 1 - (20 * random.NextDouble())))).ToArray();
        var key = tensor(values, Length, HeadDim).to_type(dtype);
        using var cache = new PagedKv(16, 8, 1, HeadDim, E4m3.Dtype, CPU, scales: new KvScales(scale, scale, max));
        Write(cache, key);
        var given = key.to_type(ScalarType.Float32).data<float>().ToArray();
        var saturated = 0;
        for (var i = 0; i < given.Length; i++)
        {
            var (position, d) = (i / HeadDim, i % HeadDim);
            foreach (var code in new[] { Key(cache, position, d), Value(cache, position, d) })
            {
                var read = E4m3.Decode(code) * (double)scale;
                Assert.InRange(Math.Abs(read), 0, (double)max * scale);
                if (Math.Abs((double)given[i]) >= (double)max * scale)
                    Assert.Equal(Math.CopySign((double)max * scale, given[i]), read, 1e-9);
                else // Half a step: 2^-4 of a value, 2^-10 scales of the finest ones; and the product's rounding.
                    Assert.InRange(Math.Abs(read - given[i]), 0, Math.Max(Math.Abs(given[i]) / 16, scale / 1024) * 1.000001);
                saturated += Math.Abs(E4m3.Decode(code)) == max ? 1 : 0;
            }
        }
        Assert.InRange(saturated, 100, given.Length);
    }

    [Fact]
    public void A_byte_a_value_is_kept_and_no_finite_input_becomes_no_number()
    {
        Assert.Equal(PagedKv.BlockBytes(16, 3, 64, ScalarType.BFloat16), 2 * PagedKv.BlockBytes(16, 3, 64, E4m3.Dtype));
        using var scope = NewDisposeScope();
        using var cache = new PagedKv(16, 8, 1, 8, E4m3.Dtype, CPU, scales: new KvScales(1e-20f, 1e20f, 240));
        Assert.Equal(16 * 8 * 8, cache.Keys.numel() * cache.Keys.element_size());
        var random = new Random(5);
        var bits = Enumerable.Range(0, Length * 8).Select(_ => BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue)))
            .Select(value => float.IsFinite(value) ? value : float.MaxValue).ToArray();
        Write(cache, tensor(bits, Length, 8));
        for (var i = 0; i < bits.Length; i++)
        {
            Assert.InRange(Math.Abs(E4m3.Decode(Key(cache, i / 8, i % 8))), 0, 240);
            Assert.InRange(Math.Abs(E4m3.Decode(Value(cache, i / 8, i % 8))), 0, 240);
        }
    }

    [Fact]
    public void Values_that_are_part_of_the_keys_have_the_bits_of_values_beside_them()
    {
        const int Heads = 3;
        const int HeadDim = 32;
        const int ValueDim = 24;
        using var scope = NewDisposeScope();
        var (query, key) = (Specs.Random(1, ScalarType.Float32, Length, Heads * HeadDim), Specs.Random(2, ScalarType.Float32, Length, HeadDim));
        var value = cat([key.narrow(1, 0, ValueDim), zeros([Length, HeadDim - ValueDim])], 1);
        var spec = new AttentionSpec("attn", ScalarType.Float32, CPU, Heads, KvHeadCount: 1, HeadDim, 0.3f);
        var scales = new KvScales(0.02f, 0.02f, 448);
        using var beside = new PagedKv(16, 8, 1, HeadDim, E4m3.Dtype, CPU, scales: scales);
        using var shared = new PagedKv(16, 8, 1, HeadDim, E4m3.Dtype, CPU, ValueDim, scales);
        var whole = OpTable.InTree().Create<Attention>(spec).Forward(query, key, value, beside, Rows(Length));
        var part = OpTable.InTree().Create<Attention>(spec with { SharedValueDim = ValueDim })
            .Forward(query, key, key, shared, Rows(Length));
        Assert.Equal(
            whole.reshape(Length, Heads, HeadDim).narrow(2, 0, ValueDim).contiguous().Bits(),
            part.reshape(Length, Heads, ValueDim).Bits());
    }

    [Fact]
    public void Scales_that_do_not_fit_the_type_are_refused()
    {
        Assert.Throws<InvariantBrokenException>(() => new PagedKv(1, 8, 1, 8, E4m3.Dtype, CPU));
        Assert.Throws<InvariantBrokenException>(() => new PagedKv(1, 8, 1, 8, ScalarType.Float32, CPU, scales: Plain));
        Assert.Throws<InvariantBrokenException>(() => new PagedKv(1, 8, 1, 8, E4m3.Dtype, CPU, sharedValueDim: 4, Calibrated));
        Assert.Throws<InvariantBrokenException>(() => new PagedKv(1, 8, 1, 8, E4m3.Dtype, CPU, scales: new KvScales(0, 1, 448)));
    }

    private static void Write(PagedKv cache, Tensor key) => KvWriter.Store(key, key, cache, Rows((int)key.shape[0]));

    private static StepRows Rows(int count) => new(
        TokenRole.Prompt, [.. new int[count]], [.. Enumerable.Range(0, count)],
        [.. Enumerable.Repeat(ImmutableArray.CreateRange(Enumerable.Range(0, 16).Reverse()), count)]);

    private static unsafe byte Key(PagedKv cache, int position, int d)
    {
        var head = cache.Head(0);
        var block = 15 - (position / cache.BlockSizeTokens);
        return head.Keys[(block * head.BlockStride) + ((long)d * cache.BlockSizeTokens) + (position % cache.BlockSizeTokens)];
    }

    private static unsafe byte Value(PagedKv cache, int position, int d)
    {
        var head = cache.Head(0);
        var block = 15 - (position / cache.BlockSizeTokens);
        return head.Values[(block * head.BlockStride) + ((long)(position % cache.BlockSizeTokens) * head.HeadDim) + d];
    }
}
