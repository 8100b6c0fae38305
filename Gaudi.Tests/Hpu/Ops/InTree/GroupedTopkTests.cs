using Gaudi.Hpu;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Ops.InTree;

/// <summary>Grouped routing against float64 within 1e-6; the choice itself is exact.</summary>
public sealed class GroupedTopkTests
{
    /// <summary>Appendix A's logits.</summary>
    internal static readonly float[] Logits = [0.1f, 2, 0.3f, -1, 1.5f, 1.4f, -0.5f, 0.2f];

    /// <summary>Appendix A's bias.</summary>
    internal static readonly float[] Bias = [0, 0, 0, 0, 0, 0, 0.9f, 0.9f];

    [Theory]
    [InlineData(RouterScoring.Softmax, false)]
    [InlineData(RouterScoring.Softmax, true)]
    [InlineData(RouterScoring.Sigmoid, false)]
    [InlineData(RouterScoring.Sigmoid, true)]
    public void Router_gives_the_float64_routing_with_ties_to_the_first_index_for_any_number_of_tokens(
        RouterScoring scoring, bool hasBias)
    {
        (int Tokens, int Experts, int TopK, int Groups, int TopkGroups)[] cases =
            [(1, 8, 2, 4, 2), (5, 6, 3, 2, 1), (9, 33, 5, 11, 4), (1030, 64, 6, 8, 3), (3, 256, 8, 8, 4), (4, 16, 16, 4, 4)];
        foreach (var (tokens, experts, topK, groups, topkGroups) in cases)
        {
            using var scope = NewDisposeScope();
            var spec = Routing.Grouped(experts, topK, groups, topkGroups, scoring, hasBias, hasBias, factor: 2.5f);
            var bias = hasBias ? Routing.Grid(experts, experts) : new float[experts];
            using var op = Routing.Build<GroupedTopk>(OpTable.InTree(), spec, hasBias ? bias : null);
            var logits = tensor(Routing.Grid(tokens, tokens * experts), [tokens, experts]);
            var wide = Array.ConvertAll(bias, one => (double)one);
            Routing.Near(row => RoutingTruth.Grouped(spec, row, wide), logits, op.Forward(logits), topK);
        }
    }

    [Fact]
    public void Router_gives_the_hand_checked_cases() => HandCases(OpTable.InTree());

    /// <summary>The three rows of Appendix A.</summary>
    internal static void HandCases(OpTable table)
    {
        using var scope = NewDisposeScope();
        var logits = tensor(Logits, [1, 8]);
        using var plain = Routing.Build<GroupedTopk>(table, Routing.Grouped(8, 2, 4, 2, RouterScoring.Softmax, true));
        using var biased = Routing.Build<GroupedTopk>(
            table, Routing.Grouped(8, 2, 4, 2, RouterScoring.Sigmoid, true, hasBias: true, factor: 2.5f), Bias);
        using var raw = Routing.Build<GroupedTopk>(
            table, Routing.Grouped(8, 2, 4, 2, RouterScoring.Sigmoid, false, hasBias: true), Bias);
        var (first, second, third) = (plain.Forward(logits), biased.Forward(logits), raw.Forward(logits));
        Assert.Equal([1L, 4], first.Ids.data<long>());
        Specs.Near([0.622459, 0.377541], first.Weights, 1e-6);
        Assert.Equal([7L, 6], second.Ids.data<long>());
        Specs.Near([1.48223, 1.01777], second.Weights, 5e-6);
        Assert.Equal([7L, 6], third.Ids.data<long>());
        Specs.Near([0.549834, 0.377541], third.Weights, 1e-6);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1025)]
    public void Equal_logits_choose_the_first_experts_of_the_first_groups(int tokens)
    {
        using var scope = NewDisposeScope();
        using var op = Routing.Build<GroupedTopk>(
            OpTable.InTree(), Routing.Grouped(12, 5, 4, 2, RouterScoring.Sigmoid, true));
        using var routed = op.Forward(zeros(tokens, 12));
        Assert.Equal(Enumerable.Repeat(new long[] { 0, 1, 2, 3, 4 }, tokens).SelectMany(row => row), routed.Ids.data<long>());
        Assert.All(routed.Weights.Floats(), weight => Assert.Equal(0.2f, weight));
    }

    [Theory]
    [InlineData(8, 3, 4, 1, RouterScoring.Softmax, false, "are fewer than the 3")]
    [InlineData(8, 2, 3, 1, RouterScoring.Softmax, false, "do not split into 3 groups")]
    [InlineData(8, 2, 4, 5, RouterScoring.Softmax, false, "1 to 4 groups a token, not 5")]
    [InlineData(8, 2, 8, 4, RouterScoring.Sigmoid, true, "sum of two experts")]
    [InlineData(8, 2, 4, 2, RouterScoring.SqrtSoftplus, false, "by Softmax or Sigmoid")]
    public void Settings_that_cannot_choose_are_refused_when_the_op_is_built(
        int experts, int topK, int groups, int topkGroups, RouterScoring scoring, bool hasBias, string reason)
    {
        var error = Assert.Throws<InvariantBrokenException>(() => OpTable.InTree().Create<GroupedTopk>(
            Routing.Grouped(experts, topK, groups, topkGroups, scoring, true, hasBias)));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Contains("gate: ", error.Message, StringComparison.Ordinal);
    }
}
