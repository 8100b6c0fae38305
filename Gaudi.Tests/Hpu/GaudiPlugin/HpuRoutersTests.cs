using Gaudi.Hpu.GaudiPlugin.Ops;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Tests.Hpu.Ops.InTree;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.GaudiPlugin;

/// <summary>
/// The plugin's routers against the in-tree ones: the same ids and the same bits, since exponentials are the same in every
/// lane and sums run in one order. A router that chose otherwise by a rounding would change a token.
/// </summary>
public sealed class HpuRoutersTests
{
    [Theory]
    [InlineData(RouterScoring.Softmax)]
    [InlineData(RouterScoring.Sigmoid)]
    [InlineData(RouterScoring.SqrtSoftplus)]
    [InlineData(RouterScoring.SoftmaxOfChosen)]
    public void Top_k_routes_as_the_in_tree_router_does(RouterScoring scoring)
    {
        foreach (var (tokens, experts, topK) in new[] { (1, 1, 1), (1, 8, 2), (7, 33, 5), (1100, 60, 4), (3, 7, 7) })
        {
            foreach (var hasBias in new[] { false, true })
                Same<FusedTopkRouter, HpuFusedTopkRouter>(
                    tokens, Routing.Fused(experts, topK, scoring, hasBias, hasBias, factor: 1.5f));
        }
    }

    [Theory]
    [InlineData(RouterScoring.Softmax)]
    [InlineData(RouterScoring.Sigmoid)]
    public void Grouped_top_k_routes_as_the_in_tree_router_does(RouterScoring scoring)
    {
        (int Tokens, int Experts, int TopK, int Groups, int TopkGroups)[] cases =
            [(1, 8, 2, 4, 2), (5, 6, 3, 2, 1), (9, 33, 5, 11, 4), (1030, 64, 6, 8, 3), (3, 256, 8, 8, 4), (4, 16, 16, 4, 4)];
        foreach (var (tokens, experts, topK, groups, topkGroups) in cases)
        {
            foreach (var hasBias in new[] { false, true })
                Same<GroupedTopk, HpuGroupedTopk>(
                    tokens, Routing.Grouped(experts, topK, groups, topkGroups, scoring, true, hasBias, factor: 2.5f));
        }
    }

    [Fact]
    public void Grouped_top_k_gives_the_hand_checked_cases() => GroupedTopkTests.HandCases(PluginOps.Table());

    private static void Same<TInTree, TPlugin>(int tokens, RouterSpec spec) where TInTree : TopkRouter
    {
        var bias = spec.CorrectionBias is null ? null : Routing.Grid(spec.TopK, spec.ExpertCount);
        using var inTree = Routing.Build<TInTree>(OpTable.InTree(), spec, bias);
        using var plugin = Routing.Build<TInTree>(PluginOps.Table(), spec, bias);
        Assert.Equal((typeof(TInTree), typeof(TPlugin)), (inTree.GetType(), plugin.GetType()));
        for (var seed = 0; seed < 3; seed++)
        {
            using var scope = NewDisposeScope();
            long[] shape = [tokens, spec.ExpertCount];
            var tied = tensor(Routing.Grid(seed, tokens * spec.ExpertCount), shape);
            foreach (var logits in new[] { tied, Specs.Random(seed, ScalarType.BFloat16, shape) })
            {
                var (expected, actual) = (inTree.Forward(logits), plugin.Forward(logits));
                Assert.Equal(expected.Ids.data<long>(), actual.Ids.data<long>());
                Assert.Equal(expected.Weights.Bits(), actual.Weights.Bits());
            }
        }
    }
}
