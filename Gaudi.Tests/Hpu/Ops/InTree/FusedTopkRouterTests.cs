using Gaudi.Hpu;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Ops.InTree;

/// <summary>Routing against float64 within 1e-6, which is a few float32 roundings; the choice itself is exact.</summary>
public sealed class FusedTopkRouterTests
{
    [Theory]
    [InlineData(RouterScoring.Softmax)]
    [InlineData(RouterScoring.Sigmoid)]
    [InlineData(RouterScoring.SqrtSoftplus)]
    [InlineData(RouterScoring.SoftmaxOfChosen)]
    public void Router_gives_the_float64_routing_with_ties_to_the_first_expert(RouterScoring scoring)
    {
        foreach (var (tokens, experts, topK) in new[] { (1, 1, 1), (1, 8, 2), (7, 33, 5), (5, 128, 8), (3, 7, 7) })
        {
            foreach (var (renormalise, hasBias) in new[] { (true, false), (false, true), (true, true) })
            {
                using var scope = NewDisposeScope();
                var spec = Routing.Fused(experts, topK, scoring, renormalise, hasBias, factor: 2.5f);
                var bias = hasBias ? Routing.Grid(experts, experts) : new float[experts];
                using var op = Routing.Build<FusedTopkRouter>(OpTable.InTree(), spec, hasBias ? bias : null);
                var wide = Array.ConvertAll(bias, one => (double)one);
                foreach (var dtype in new[] { ScalarType.Float32, ScalarType.BFloat16 })
                {
                    var logits = tensor(Routing.Grid(tokens, tokens * experts), [tokens, experts]).to_type(dtype);
                    Routing.Near(
                        row => RoutingTruth.FusedTopk(spec, row, wide), logits, op.Forward(logits), topK);
                }
            }
        }
    }

    [Fact]
    public void Softmax_of_the_chosen_is_the_renormalised_softmax()
    {
        using var scope = NewDisposeScope();
        var logits = tensor(Routing.Grid(1, 4 * 32), [4, 32]);
        using var ofChosen = Routing.Build<FusedTopkRouter>(
            OpTable.InTree(), Routing.Fused(32, 4, RouterScoring.SoftmaxOfChosen, renormalise: false));
        using var renormalised = Routing.Build<FusedTopkRouter>(
            OpTable.InTree(), Routing.Fused(32, 4, RouterScoring.Softmax, renormalise: true));
        var (expected, actual) = (renormalised.Forward(logits), ofChosen.Forward(logits));
        Assert.Equal(expected.Ids.data<long>(), actual.Ids.data<long>());
        Specs.Near(expected.Weights.Floats().Select(one => (double)one), actual.Weights, 1e-6);
    }

    [Fact]
    public void A_bias_chooses_and_does_not_weigh()
    {
        using var scope = NewDisposeScope();
        using var op = Routing.Build<FusedTopkRouter>(
            OpTable.InTree(), Routing.Fused(3, 1, RouterScoring.Sigmoid, renormalise: false, hasBias: true), [0, 0, 5]);
        using var routed = op.Forward(tensor(new float[] { 1, 2, 0 }, [1, 3]));
        Assert.Equal([2L], routed.Ids.data<long>());
        Assert.Equal([0.5f], routed.Weights.Floats());
    }

    [Fact]
    public void Logits_of_any_size_route_and_those_that_are_no_numbers_or_too_few_are_refused()
    {
        using var scope = NewDisposeScope();
        foreach (var scoring in Enum.GetValues<RouterScoring>())
        {
            using var op = Routing.Build<FusedTopkRouter>(OpTable.InTree(), Routing.Fused(4, 2, scoring, true));
            using var routed = op.Forward(
                tensor([-1e30f, 1e30f, 3, 1e30f, float.NegativeInfinity, 0, 1, 2], [2, 4]));
            Assert.Equal([1L, 3], routed.Ids.data<long>().Take(2));
            var error = Assert.Throws<InvariantBrokenException>(
                () => op.Forward(tensor([0, 0, 0, 0, 0, float.NaN, 0, 0], [2, 4])));
            Assert.Contains("row 1 has a NaN", error.Message, StringComparison.Ordinal);
            Assert.Throws<InvariantBrokenException>(() => op.Forward(zeros(2, 5)));
            Assert.Throws<InvariantBrokenException>(() => op.Forward(zeros(4)));
            using var none = op.Forward(zeros(0, 4));
            Assert.Equal([0, 2], none.Ids.shape);
        }
        using var softmax = Routing.Build<FusedTopkRouter>(
            OpTable.InTree(), Routing.Fused(4, 2, RouterScoring.Softmax, true));
        Assert.Throws<InvariantBrokenException>(() => softmax.Forward(full([1, 4], float.NegativeInfinity)));
        Assert.Throws<InvariantBrokenException>(
            () => OpTable.InTree().Create<FusedTopkRouter>(Routing.Fused(4, 5, RouterScoring.Softmax, true)));
    }

    [Fact]
    public void A_bias_of_another_size_or_with_a_NaN_is_refused()
    {
        using var scope = NewDisposeScope();
        using var op = OpTable.InTree().Create<FusedTopkRouter>(
            Routing.Fused(4, 2, RouterScoring.Sigmoid, true, hasBias: true));
        Assert.Throws<InvariantBrokenException>(() => op.Load(0, zeros(5)));
        Assert.Throws<InvariantBrokenException>(() => op.Load(0, full([4], float.NaN)));
    }
}
