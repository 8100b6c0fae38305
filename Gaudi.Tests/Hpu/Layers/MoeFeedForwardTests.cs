using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Layers;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Tests.Hpu.Collectives;
using Gaudi.Tests.Hpu.GaudiPlugin;
using Gaudi.Tests.Hpu.Ops.InTree;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Layers;

/// <summary>Gate, router, experts and shared expert against float64, within 5e-6: float32 sums of values up to 10.</summary>
public sealed class MoeFeedForwardTests
{
    private const int Hidden = 24;
    private const int Inner = 16;
    private const int Tokens = 5;
    private const int Experts = 8;

    private static readonly FusedTopkSpec Router = Routing.Fused(Experts, 3, RouterScoring.Softmax, renormalise: true);

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Layer_is_the_formula_and_the_same_on_every_rank_of_any_group(bool hasShared, bool hasSharedGate)
    {
        using var scope = NewDisposeScope();
        var x = Specs.Random(9, ScalarType.Float32, Tokens, Hidden);
        var expected = Expected(x, hasShared, hasSharedGate);
        foreach (var table in new[] { OpTable.InTree(), PluginOps.Table() })
        {
            var whole = Run(table, 1, x, hasShared, hasSharedGate)[0];
            Specs.Near(expected, whole, 5e-6);
            Assert.All(Run(table, 4, x, hasShared, hasSharedGate), rank => Assert.Equal(whole.Bits(), rank.Bits()));
        }
    }

    [Fact]
    public void Bfloat16_rounds_the_sum_once()
    {
        using var scope = NewDisposeScope();
        var x = Specs.Random(9, ScalarType.BFloat16, Tokens, Hidden);
        using var ops = new LayerOps(
            OpTable.InTree(), ScalarType.BFloat16, CPU, new RankLane(new SingleRankCollective(epoch: 1)));
        var layer = Build(ops, hasShared: true, hasSharedGate: true);
        var y = layer.Forward(x, TokenRole.Prompt);
        Assert.Equal(ScalarType.BFloat16, y.dtype);
        // Gate, experts, shared expert and its parts are each rounded to bfloat16: a few times 2^-8 of sums up to 10.
        Specs.Near(Expected(x, hasShared: true, hasSharedGate: true), y, 0.04);
        Assert.Equal(y.narrow(0, 3, 1).Bits(), layer.Forward(x.narrow(0, 3, 1), TokenRole.Prompt).Bits());
    }

    private static Tensor[] Run(OpTable table, int worldSize, Tensor x, bool hasShared, bool hasSharedGate)
    {
        var hub = new InProcessCollectiveHub();
        var ranks = Enumerable.Range(0, worldSize).Select(rank => hub.Join(rank, worldSize, 1)).ToArray();
        return RankThreads.Run(ranks, rank =>
        {
            using var ops = new LayerOps(table, ScalarType.Float32, CPU, new RankLane(rank));
            return Build(ops, hasShared, hasSharedGate).Forward(x, TokenRole.Prompt);
        });
    }

    private static MoeFeedForward Build(LayerOps ops, bool hasShared, bool hasSharedGate)
    {
        var spec = Spec(ops.Lane) with { Dtype = ops.Dtype };
        var layer = new MoeFeedForward(
            ops.Replicated("moe.gate", Hidden, Experts, hasBias: false),
            ops.Router<FusedTopkRouter>(Router with { Dtype = ops.Dtype }),
            ops.Experts(spec),
            hasShared ? new GatedMlp(ops, "moe.shared_expert", Hidden, Inner, hasBias: false) : null,
            hasSharedGate ? ops.Replicated("moe.shared_expert_gate", Hidden, 1, hasBias: false) : null);
        var checkpoint = new ExpertCheckpoint(spec);
        foreach (var op in ops.Weighted)
        {
            for (var i = 0; i < op.Slices.Length; i++)
            {
                using var scope = NewDisposeScope();
                var slice = op.Slices[i];
                var whole = tensor(checkpoint.Of(slice.Name, slice.Shape.Aggregate((a, b) => a * b)), [.. slice.Shape]);
                op.Load(i, whole.narrow(slice.Dimension, slice.Start, slice.Length));
            }
        }
        return layer;
    }

    private static double[] Expected(Tensor x, bool hasShared, bool hasSharedGate)
    {
        var spec = Spec(new RankLane(new SingleRankCollective(epoch: 1)));
        var checkpoint = new ExpertCheckpoint(spec);
        var values = x.Floats();
        var logits = Product(checkpoint.Of("moe.gate.weight", Experts * Hidden), values, Hidden);
        var routed = Enumerable.Range(0, Tokens).Select(t => RoutingTruth.FusedTopk(
            Router, logits[(t * Experts)..((t + 1) * Experts)], new double[Experts])).ToArray();
        var ids = routed.SelectMany(one => one.Ids).Select(id => (long)id).ToArray();
        var weights = routed.SelectMany(one => one.Weights).Select(weight => (float)weight).ToArray();
        var sums = checkpoint.Expected(x, new RoutedTokens(tensor(weights, [Tokens, 3]), tensor(ids, [Tokens, 3])));
        if (!hasShared)
            return sums;
        var gate = Product(checkpoint.Of("moe.shared_expert.gate_proj.weight", Inner * Hidden), values, Hidden);
        var up = Product(checkpoint.Of("moe.shared_expert.up_proj.weight", Inner * Hidden), values, Hidden);
        var inner = gate.Zip(up, (g, u) => (float)ExpertCheckpoint.Activate(MoeActivation.Silu, g, u)).ToArray();
        var shared = Product(checkpoint.Of("moe.shared_expert.down_proj.weight", Inner * Hidden), inner, Inner);
        var share = Product(checkpoint.Of("moe.shared_expert_gate.weight", Hidden), values, Hidden);
        return [.. sums.Select((sum, i) =>
            sum + (shared[i] * (hasSharedGate ? 1 / (1 + Math.Exp(-share[i / Hidden])) : 1)))];
    }

    // Rows times a weight [outputs, inputs], in float64.
    private static double[] Product(float[] weight, float[] rows, int inputs) =>
    [
        .. from row in Enumerable.Range(0, rows.Length / inputs)
           from output in Enumerable.Range(0, weight.Length / inputs)
           select Enumerable.Range(0, inputs).Sum(i => (double)weight[(output * inputs) + i] * rows[(row * inputs) + i]),
    ];

    private static FusedMoeSpec Spec(RankLane lane) => new(
        "moe", ScalarType.Float32, CPU, lane, Experts, 3, Hidden, Inner, MoeActivation.Silu, HasBias: false,
        IsExpertParallel: false, PerExpertLayout.Projections);
}
