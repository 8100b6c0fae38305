using Gaudi.Hpu;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Ops.InTree;

/// <summary>A linear part that lies in a tensor of several reads its own rows of it.</summary>
public sealed class FusedRowsTests
{
    private static readonly LinearPart[] Parts =
    [
        new("a", 8) { Fused = new FusedRows("both", 0, 24) },
        new("b", 16) { Fused = new FusedRows("both", 8, 24) },
    ];

    [Fact]
    public void Slices_of_fused_parts_are_rows_of_the_whole_tensor()
    {
        using var op = Build<MergedColumnParallelLinear>(1, 2, Parts);
        Assert.Equal(["both.weight", "both.weight", "both.bias", "both.bias"], op.Slices.Select(slice => slice.Name));
        Assert.Equal([(4L, 4L), (16, 8), (4, 4), (16, 8)], op.Slices.Select(slice => (slice.Start, slice.Length)));
        Assert.All(op.Slices[..2], slice => Assert.True(slice.Shape.SequenceEqual([24, 6])));
        Assert.All(op.Slices[2..], slice => Assert.True(slice.Shape.SequenceEqual([24])));
    }

    [Fact]
    public void Fused_parts_give_the_bits_of_parts_of_their_own()
    {
        using var scope = NewDisposeScope();
        var weight = Specs.Random(1, ScalarType.Float32, 24, 6);
        var bias = Specs.Random(2, ScalarType.Float32, 24);
        var x = Specs.Random(3, ScalarType.Float32, 5, 6);
        using var fused = Build<ReplicatedLinear>(0, 1, Parts);
        using var whole = Build<ReplicatedLinear>(0, 1, [new LinearPart("both", 24)]);
        foreach (var op in new[] { fused, whole })
        {
            foreach (var (i, slice) in op.Slices.Index())
                op.Load(i, (slice.Name == "both.bias" ? bias : weight).narrow(0, slice.Start, slice.Length));
        }
        Assert.Equal(whole.Forward(x, TokenRole.Prompt).Bits(), fused.Forward(x, TokenRole.Prompt).Bits());
    }

    [Fact]
    public void A_layer_split_by_inputs_and_rows_beyond_the_tensor_are_refused()
    {
        Assert.Throws<InvariantBrokenException>(() => Build<RowParallelLinear>(0, 2, [Parts[0]]));
        Assert.Throws<InvariantBrokenException>(
            () => Build<ReplicatedLinear>(0, 1, [new LinearPart("c", 4) { Fused = new FusedRows("t", 2, 5) }]));
    }

    private static T Build<T>(int rank, int worldSize, LinearPart[] parts) where T : ParallelLinear =>
        OpTable.InTree().Create<T>(new LinearSpec(
            "linear", ScalarType.Float32, CPU, new RankLane(new SilentRank(rank, worldSize)), 6, [.. parts], true));
}
