using Gaudi.Hpu;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Tests.Hpu.Collectives;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Ops.InTree;

/// <summary>Each rank loads its slices; together they are the one-rank layer, bit for bit.</summary>
public sealed class ParallelLinearTests
{
    private const int Inputs = 40;

    private static readonly LinearPart[] Parts = [new("q", 48), new("k", 16), new("v", 16)];

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void Column_parallel_ranks_give_the_columns_of_the_whole(ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        var x = Specs.Random(1, dtype, 5, Inputs);
        var whole = Run<QkvParallelLinear>(1, dtype, Parts, _ => x)[0]; // q 48, k 16, v 16
        foreach (var worldSize in new[] { 2, 4, 8 })
        {
            var ranks = Run<QkvParallelLinear>(worldSize, dtype, Parts, _ => x);
            for (var rank = 0; rank < worldSize; rank++)
            {
                var (q, kv) = (48 / worldSize, 16 / worldSize);
                var parts = new[] { (rank * q, q), (48 + (rank * kv), kv), (64 + (rank * kv), kv) };
                var expected = cat([.. parts.Select(part => whole.narrow(1, part.Item1, part.Item2))], 1);
                Assert.Equal(expected.Bits(), ranks[rank].Bits());
            }
        }
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void Row_parallel_ranks_all_give_the_bits_of_the_whole(ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        LinearPart[] part = [new("o", 27)];
        var x = Specs.Random(2, dtype, 6, Inputs);
        var whole = Run<RowParallelLinear>(1, dtype, part, _ => x)[0].Bits();
        foreach (var worldSize in new[] { 2, 4, 8 })
        {
            var width = Inputs / worldSize;
            var ranks = Run<RowParallelLinear>(worldSize, dtype, part, rank => x.narrow(1, rank * width, width));
            Assert.All(ranks, rank => Assert.Equal(whole, rank.Bits()));
        }
    }

    [Fact]
    public void Product_is_libtorchs_within_float32_rounding()
    {
        using var scope = NewDisposeScope();
        var x = Specs.Random(3, ScalarType.Float32, 7, Inputs);
        var expected = cat(
            [.. Parts.Select(part => x.matmul(Weight(part).t()).Plus(Bias(part)))], 1);
        var actual = Run<ColumnParallelLinear>(1, ScalarType.Float32, Parts, _ => x)[0];
        Specs.Near(expected.Floats().Select(value => (double)value), actual, 1e-5); // sums of 40 products up to 4
    }

    [Fact]
    public void Slices_of_all_ranks_cover_every_weight_once()
    {
        for (var worldSize = 1; worldSize <= 8; worldSize *= 2)
        {
            var starts = Enumerable.Range(0, worldSize).Select(rank =>
            {
                using var op = Build<MergedColumnParallelLinear>(
                    new SilentRank(rank, worldSize), ScalarType.Float32, Parts);
                Assert.Equal(
                    ["q.weight", "k.weight", "v.weight", "q.bias", "k.bias", "v.bias"],
                    op.Slices.Select(one => one.Name));
                return op.Slices[1];
            }).ToArray();
            Assert.Equal(
                Enumerable.Range(0, worldSize).Select(rank => (long)(rank * 16 / worldSize)),
                starts.Select(one => one.Start));
            Assert.Equal(16, starts.Sum(one => one.Length));
        }
    }

    [Fact]
    public void Sizes_that_do_not_split_and_rows_of_another_width_are_refused()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<InvariantBrokenException>(
            () => Build<ColumnParallelLinear>(new SilentRank(0, 4), ScalarType.Float32, [new LinearPart("q", 10)]));
        using var op = Build<ColumnParallelLinear>(new SilentRank(0, 1), ScalarType.Float32, Parts);
        Load(op);
        Assert.Throws<InvariantBrokenException>(() => op.Forward(zeros(2, Inputs + 1), TokenRole.Prompt));
        Assert.Throws<InvariantBrokenException>(() => op.Forward(zeros(Inputs), TokenRole.Prompt));
    }

    private static Tensor[] Run<T>(int worldSize, ScalarType dtype, LinearPart[] parts, Func<int, Tensor> x)
        where T : ParallelLinear
    {
        var hub = new InProcessCollectiveHub();
        var ranks = Enumerable.Range(0, worldSize).Select(rank => hub.Join(rank, worldSize, 1)).ToArray();
        return RankThreads.Run(ranks, rank =>
        {
            using var op = Build<T>(rank, dtype, parts);
            Load(op);
            return op.Forward(x(rank.Rank).contiguous(), TokenRole.Generated);
        });
    }

    private static T Build<T>(ICollective rank, ScalarType dtype, LinearPart[] parts) where T : ParallelLinear =>
        OpTable.InTree().Create<T>(
            new LinearSpec("linear", dtype, CPU, new RankLane(rank), Inputs, [.. parts], HasBias: true));

    private static void Load(ParallelLinear op)
    {
        using var scope = NewDisposeScope();
        for (var i = 0; i < op.Slices.Length; i++)
        {
            var slice = op.Slices[i];
            var part = new LinearPart(slice.Name.Split('.')[0], (int)slice.Shape[0]);
            var whole = slice.Name.EndsWith("weight", StringComparison.Ordinal) ? Weight(part) : Bias(part);
            op.Load(i, whole.narrow(slice.Dimension, slice.Start, slice.Length));
        }
    }

    private static Tensor Weight(LinearPart part) =>
        Specs.Random(part.Name[0], ScalarType.Float32, part.OutputSize, Inputs);

    private static Tensor Bias(LinearPart part) =>
        Specs.Random(part.Name[0] + 1000, ScalarType.Float32, part.OutputSize);
}
