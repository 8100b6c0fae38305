using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Tests.Hpu.Collectives;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Ops.InTree;

/// <summary>What holds for experts of every table: the in-tree tests and the plugin's prove the same laws.</summary>
internal static class FusedMoeLaws
{
    public static readonly ExpertLayout[] Layouts =
        [PerExpertLayout.Mixtral, PerExpertLayout.Projections, StackedLayout.GptOss];

    /// <summary>The formula in float64, over layouts, activations, sizes, experts without tokens.</summary>
    public static void Is_the_formula(OpTable table, ScalarType dtype, double tolerance)
    {
        (int Tokens, int Experts, int TopK, int Hidden, int Inner, int Used)[] sizes =
            [(1, 1, 1, 1, 1, 1), (1, 6, 3, 21, 16, 6), (7, 5, 2, 33, 13, 3), (70, 4, 1, 8, 24, 1), (19, 40, 2, 17, 9, 40)];
        foreach (var (tokens, experts, topK, hidden, inner, used) in sizes)
        {
            foreach (var activation in Enum.GetValues<MoeActivation>())
            {
                foreach (var (layout, hasBias) in Layouts.SelectMany(one => new[] { (one, false), (one, true) }))
                {
                    using var scope = NewDisposeScope();
                    var spec = ExpertCheckpoint.Spec(
                        new SingleRankCollective(epoch: 1), layout, dtype, experts, topK, hidden, inner, activation, hasBias);
                    using var op = ExpertCheckpoint.Build(table, spec);
                    var x = Specs.Random(tokens + hidden, dtype, tokens, hidden);
                    using var routed = ExpertCheckpoint.Route(tokens, tokens, spec, used);
                    var y = op.Forward(x, routed, TokenRole.Prompt);
                    Assert.Equal(dtype, y.dtype);
                    Specs.Near(new ExpertCheckpoint(spec).Expected(x, routed), y, tolerance);
                }
            }
        }
    }

    /// <summary>Tensor-parallel ranks all give the bits of the whole.</summary>
    public static void Tensor_parallel_is_the_whole(OpTable table, ScalarType dtype)
    {
        foreach (var layout in Layouts)
        {
            var whole = Run(table, 1, layout, dtype, isExpertParallel: false)[0].Bits();
            foreach (var worldSize in new[] { 2, 4, 8 })
                Assert.All(
                    Run(table, worldSize, layout, dtype, isExpertParallel: false),
                    rank => Assert.Equal(whole, rank.Bits()));
        }
    }

    /// <summary>Expert-parallel ranks give the same bits, near the whole: 1e-5, another order of addition.</summary>
    public static void Expert_parallel_is_near_the_whole(OpTable table)
    {
        foreach (var layout in Layouts)
        {
            var whole = Run(table, 1, layout, ScalarType.Float32, isExpertParallel: true)[0];
            Assert.Equal(Run(table, 1, layout, ScalarType.Float32, isExpertParallel: false)[0].Bits(), whole.Bits());
            foreach (var worldSize in new[] { 2, 4 })
            {
                var ranks = Run(table, worldSize, layout, ScalarType.Float32, isExpertParallel: true);
                Assert.All(ranks, rank => Assert.Equal(ranks[0].Bits(), rank.Bits()));
                Specs.Near(whole.Floats().Select(one => (double)one), ranks[0], 1e-5);
            }
        }
    }

    /// <summary>A token alone has the bits it has among others, of whatever number and order.</summary>
    public static void A_row_depends_on_no_other(OpTable table, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        const int Tokens = 600; // More than a tile of the plugin, more rows an expert than share a pass.
        var spec = ExpertCheckpoint.Spec(new SingleRankCollective(epoch: 1), StackedLayout.GptOss, dtype, hasBias: true);
        using var op = ExpertCheckpoint.Build(table, spec);
        var x = Specs.Random(1, dtype, Tokens, spec.HiddenSize);
        using var routed = ExpertCheckpoint.Route(2, Tokens, spec, spec.ExpertCount);
        var together = op.Forward(x, routed, TokenRole.Prompt);
        foreach (var (first, count) in new[] { (0, 1), (599, 1), (513, 3), (17, 70), (0, 599) })
        {
            using var some = new RoutedTokens(
                routed.Weights.narrow(0, first, count).clone(), routed.Ids.narrow(0, first, count).clone());
            var apart = op.Forward(x.narrow(0, first, count), some, TokenRole.Prompt);
            Assert.Equal(together.narrow(0, first, count).Bits(), apart.Bits());
        }
        using var turned = new RoutedTokens(routed.Weights.flip(0, 1).contiguous(), routed.Ids.flip(0, 1).contiguous());
        Assert.Equal(together.flip(0).Bits(), op.Forward(x.flip(0), turned, TokenRole.Prompt).Bits());
    }

    private static Tensor[] Run(
        OpTable table, int worldSize, ExpertLayout layout, ScalarType dtype, bool isExpertParallel)
    {
        var hub = new InProcessCollectiveHub();
        var ranks = Enumerable.Range(0, worldSize).Select(rank => hub.Join(rank, worldSize, 1)).ToArray();
        return RankThreads.Run(ranks, rank =>
        {
            // 24 values in 8 shards of 3; 8 experts of which one or two serve no token.
            var spec = ExpertCheckpoint.Spec(
                rank, layout, dtype, experts: 8, inner: 24, hasBias: true, isExpertParallel: isExpertParallel);
            using var op = ExpertCheckpoint.Build(table, spec);
            using var routed = ExpertCheckpoint.Route(3, 11, spec, expertsUsed: 7);
            using var x = Specs.Random(4, dtype, 11, spec.HiddenSize);
            return op.Forward(x, routed, TokenRole.Generated);
        });
    }
}
