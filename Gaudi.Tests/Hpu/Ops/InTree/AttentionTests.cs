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
    private const int Length = AttentionInputs.UsualLength;

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
        var inputs = new AttentionInputs(dtype, heads, kvHeads, headDim, seed: blockSize);
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
        var inputs = new AttentionInputs(ScalarType.Float32, heads: 4, kvHeads: 2, headDim: 40, windowTokens) { WindowTokens = windowTokens };
        Specs.Near(inputs.Plain(), inputs.Run(blockSize, [Length]), 1e-5);
        Assert.Equal(inputs.Run(blockSize, [Length]).Bits(), inputs.Run(blockSize, [1, 30, 2, 42]).Bits());
        // What is left out is not even read: it may be anything.
        if (windowTokens < Length)
            Assert.NotEqual(new AttentionInputs(ScalarType.Float32, 4, 2, 40, windowTokens).Plain(), inputs.Plain());
    }

    [Theory]
    [InlineData(ScalarType.Float32, 32, 24, 8, null)]
    [InlineData(ScalarType.Float32, 20, 13, 24, 11)]
    [InlineData(ScalarType.BFloat16, 72, 64, 16, null)]
    [InlineData(ScalarType.Float32, 40, 33, 128, 30)]
    public void Values_that_are_part_of_the_keys_have_the_bits_of_values_beside_them(
        ScalarType dtype, int headDim, int valueDim, int blockSize, int? windowTokens)
    {
        const int Heads = 3;
        using var scope = NewDisposeScope();
        var (query, key) = (Specs.Random(1, dtype, Length, Heads * headDim), Specs.Random(2, dtype, Length, headDim));
        var value = cat([key.narrow(1, 0, valueDim), zeros([Length, headDim - valueDim], dtype)], 1);
        var rows = new StepRows(
            TokenRole.Prompt, [.. new int[Length]], [.. Enumerable.Range(0, Length)],
            [.. Enumerable.Repeat(ImmutableArray.CreateRange(Enumerable.Range(0, 16).Reverse()), Length)]);
        var spec = new AttentionSpec("attn", dtype, CPU, Heads, KvHeadCount: 1, headDim, 0.3f) { WindowTokens = windowTokens };
        using var beside = new PagedKv(16, blockSize, 1, headDim, dtype, CPU);
        using var shared = new PagedKv(16, blockSize, 1, headDim, dtype, CPU, valueDim);
        shared.Keys.fill_(float.NaN); // What no position was written to is not read.
        var whole = OpTable.InTree().Create<Attention>(spec).Forward(query, key, value, beside, rows);
        var part = OpTable.InTree().Create<Attention>(spec with { SharedValueDim = valueDim }).Forward(query, key, key, shared, rows);
        Assert.Equal([Length, Heads * valueDim], part.shape);
        Assert.Equal(
            whole.reshape(Length, Heads, headDim).narrow(2, 0, valueDim).contiguous().Bits(),
            part.reshape(Length, Heads, valueDim).Bits());
        Assert.Null(shared.Values);
        Assert.Equal(
            PagedKv.BlockBytes(blockSize, 1, headDim, dtype), 2 * PagedKv.BlockBytes(blockSize, 1, headDim, dtype, sharesValues: true));
        Assert.Throws<InvariantBrokenException>(() => OpTable.InTree().Create<Attention>(spec).Forward(query, key, value, shared, rows));
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
        var inputs = new AttentionInputs(ScalarType.Float32, heads: 4, kvHeads: 2, headDim: 24, seed: blockSize)
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
        var inputs = new AttentionInputs(dtype, heads: 4, kvHeads: 2, headDim: 24, seed: 9);
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
        var inputs = new AttentionInputs(ScalarType.Float32, heads: 2, kvHeads: 1, headDim: 8, seed: 3);
        var clean = inputs.Run(128, [Length]).Bits();
        Assert.Equal(clean, inputs.Run(128, [Length], filler: float.NaN).Bits());
        Assert.Equal(clean, inputs.Run(128, [Length], filler: float.PositiveInfinity).Bits());
    }

    [Fact]
    public void Wrong_shapes_and_odd_blocks_are_refused()
    {
        using var scope = NewDisposeScope();
        var op = AttentionInputs.Op(ScalarType.Float32, 4, 2, 8);
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
}
