using Gaudi.Hpu;
using Gaudi.Hpu.Ops.Kernels;
using Gaudi.Tests.Hpu.Ops.InTree;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Ops.Kernels;

public sealed unsafe class MatrixProductTests
{
    [Theory]
    [InlineData(1, 1, 8, ScalarType.Float32)]
    [InlineData(7, 37, 100, ScalarType.Float32)]
    [InlineData(83, 16, 256, ScalarType.BFloat16)]
    [InlineData(4, 129, 5, ScalarType.BFloat16)]
    public void Every_element_is_the_stated_chain_and_tree_of_scalar_operations(
        int rows, int outputs, int inputs, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        var x = Specs.Random(1, ScalarType.Float32, rows, inputs);
        var w = Specs.Random(2, dtype, outputs, inputs);
        var expected = new uint[rows * outputs];
        var (xs, ws) = (x.Floats(), w.Floats());
        for (var i = 0; i < expected.Length; i++)
            expected[i] = BitConverter.SingleToUInt32Bits(Element(
                xs.AsSpan(i / outputs * inputs, inputs), ws.AsSpan(i % outputs * inputs, inputs)));
        Assert.Equal(expected, Multiply(x, w, SummationShards.Boundaries(inputs, 0, 1)).Bits());
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public void Slices_of_the_inputs_added_as_a_tree_are_the_whole(int partCount)
    {
        using var scope = NewDisposeScope();
        const int Inputs = 104; // shards of 13
        var x = Specs.Random(3, ScalarType.Float32, 9, Inputs);
        var w = Specs.Random(4, ScalarType.Float32, 21, Inputs);
        var width = Inputs / partCount;
        var sums = Enumerable.Range(0, partCount).Select(part => Multiply(
            x.narrow(1, part * width, width).contiguous(), w.narrow(1, part * width, width).contiguous(),
            SummationShards.Boundaries(Inputs, part, partCount))).ToList();
        while (sums.Count > 1)
            sums = [.. sums.Chunk(2).Select(pair => pair[0] + pair[1])];
        Assert.Equal(Multiply(x, w, SummationShards.Boundaries(Inputs, 0, 1)).Bits(), sums[0].Bits());
    }

    [Theory]
    [InlineData(1, 37, 100, 1)]
    [InlineData(9, 16, 24, 2)]
    [InlineData(6, 5, 3, 1)]
    [InlineData(4, 21, 32, 8)]
    public void Shards_apart_are_the_products_of_each_shard_alone(int rows, int outputs, int inputs, int partCount)
    {
        using var scope = NewDisposeScope();
        var x = Specs.Random(7, ScalarType.Float32, rows, inputs);
        var w = Specs.Random(8, ScalarType.Float32, outputs, inputs);
        using var weight = new PackedMatrix(outputs, inputs, ScalarType.Float32, CPU);
        weight.Fill(0, w);
        var boundaries = SummationShards.Boundaries(inputs * partCount, 0, partCount);
        var y = empty(boundaries.Length - 1, rows, outputs);
        MatrixProduct.MultiplyApart(
            (float*)TensorMemory.Pointer(x), rows, weight, boundaries, (float*)TensorMemory.Pointer(y));
        for (var shard = 0; shard < boundaries.Length - 1; shard++)
        {
            var (first, count) = (boundaries[shard], boundaries[shard + 1] - boundaries[shard]);
            var alone = Multiply(
                x.narrow(1, first, count).contiguous(), w.narrow(1, first, count).contiguous(), [0, count]);
            Assert.Equal(alone.Bits(), y[shard].Bits());
        }
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void A_rows_bits_depend_on_no_other_row_and_an_outputs_on_no_other_output(ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        var x = Specs.Random(5, ScalarType.Float32, 23, 96);
        var w = Specs.Random(6, dtype, 50, 96);
        var boundaries = SummationShards.Boundaries(96, 0, 1);
        var whole = Multiply(x, w, boundaries);
        foreach (var (start, count) in new[] { (0, 1), (22, 1), (3, 5), (1, 22), (7, 8) })
            Assert.Equal(
                whole.narrow(0, start, count).Bits(), Multiply(x.narrow(0, start, count), w, boundaries).Bits());
        foreach (var (start, count) in new[] { (0, 25), (25, 25), (49, 1), (10, 17) })
            Assert.Equal(
                whole.narrow(1, start, count).Bits(), Multiply(x, w.narrow(0, start, count), boundaries).Bits());
    }

    [Fact]
    public void Shards_cover_the_inputs_and_a_rank_owns_neighbours()
    {
        Assert.Equal([0, 1, 3, 4, 6, 7, 9, 10, 12], SummationShards.Boundaries(12, 0, 1));
        Assert.Equal([0, 1, 3], SummationShards.Boundaries(12, 0, 4));
        Assert.Equal([0, 1, 3], SummationShards.Boundaries(12, 3, 4));
        Assert.Equal([0, 0, 0, 1, 1, 1, 2, 2, 3], SummationShards.Boundaries(3, 0, 1));
        Assert.Throws<InvariantBrokenException>(() => SummationShards.Boundaries(12, 0, 8));
        Assert.Throws<InvariantBrokenException>(() => SummationShards.Boundaries(12, 0, 3));
    }

    [Fact]
    public void An_unfilled_weight_and_shards_of_other_inputs_are_refused()
    {
        using var scope = NewDisposeScope();
        using var weight = new PackedMatrix(4, 8, ScalarType.Float32, CPU);
        Assert.Throws<InvariantBrokenException>(() => weight.CopyOutput(0, null));
        Assert.Throws<InvariantBrokenException>(() => weight.Fill(3, zeros(2, 8)));
        Assert.Throws<InvariantBrokenException>(() => weight.Fill(0, zeros(2, 9)));
        Assert.Throws<InvariantBrokenException>(
            () => MatrixProduct.Multiply(null, 0, weight, SummationShards.Boundaries(16, 0, 1), null));
    }

    private static float Element(ReadOnlySpan<float> x, ReadOnlySpan<float> w)
    {
        Span<float> shards = stackalloc float[8];
        for (var shard = 0; shard < 8; shard++)
        {
            for (var k = shard * x.Length / 8; k < (shard + 1) * x.Length / 8; k++)
                shards[shard] = MathF.FusedMultiplyAdd(x[k], w[k], shards[shard]);
        }
        var lower = (shards[0] + shards[1]) + (shards[2] + shards[3]);
        var upper = (shards[4] + shards[5]) + (shards[6] + shards[7]);
        return lower + upper;
    }

    private static Tensor Multiply(Tensor x, Tensor w, int[] boundaries)
    {
        using var weight = new PackedMatrix((int)w.shape[0], (int)w.shape[1], w.dtype, CPU);
        weight.Fill(0, w);
        var y = empty(x.shape[0], w.shape[0]);
        MatrixProduct.Multiply(
            (float*)TensorMemory.Pointer(x), (int)x.shape[0], weight, boundaries, (float*)TensorMemory.Pointer(y));
        return y;
    }
}
