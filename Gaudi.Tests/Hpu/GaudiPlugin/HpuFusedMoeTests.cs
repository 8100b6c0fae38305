using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.GaudiPlugin.Ops;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Tests.Hpu.Ops.InTree;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.GaudiPlugin;

/// <summary>
/// The plugin's experts: the same laws as the in-tree ones, and the same bits, because the order of every addition is part
/// of the law. So a rank with the plugin and one without agree, and no tolerance is needed.
/// </summary>
public sealed class HpuFusedMoeTests
{
    [Theory]
    [InlineData(ScalarType.Float32, 2e-6)] // sums of some hundred float32 products of size 1
    [InlineData(ScalarType.BFloat16, 0.0040)] // one rounding to bfloat16, 2^-8
    public void Experts_give_the_float64_formula(ScalarType dtype, double tolerance) =>
        FusedMoeLaws.Is_the_formula(PluginOps.Table(), dtype, tolerance);

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void Tensor_parallel_ranks_all_give_the_bits_of_the_whole(ScalarType dtype) =>
        FusedMoeLaws.Tensor_parallel_is_the_whole(PluginOps.Table(), dtype);

    [Fact]
    public void Expert_parallel_ranks_give_the_whole_within_float32_rounding() =>
        FusedMoeLaws.Expert_parallel_is_near_the_whole(PluginOps.Table());

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void A_rows_bits_depend_on_no_other_row(ScalarType dtype) =>
        FusedMoeLaws.A_row_depends_on_no_other(PluginOps.Table(), dtype);

    [Fact]
    public void Experts_give_the_hand_checked_case() => FusedMoeTests.HandCase(PluginOps.Table());

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void Plugin_gives_the_in_tree_bits_dense_or_gathered_and_sliced(ScalarType dtype)
    {
        foreach (var activation in Enum.GetValues<MoeActivation>())
        {
            foreach (var tokens in new[] { 1, 3, 5, 16, 17, 83 })
            {
                using var scope = NewDisposeScope();
                var spec = ExpertCheckpoint.Spec(
                    new SingleRankCollective(epoch: 1), StackedLayout.GptOss, dtype, experts: 64, topK: 3, hidden: 27,
                    inner: 19, activation, hasBias: true);
                using var inTree = ExpertCheckpoint.Build(OpTable.InTree(), spec);
                var x = Specs.Random(tokens, dtype, tokens, spec.HiddenSize);
                using var routed = ExpertCheckpoint.Route(tokens, tokens, spec, expertsUsed: 60);
                var expected = inTree.Forward(x, routed, TokenRole.Prompt).Bits();
                foreach (var (slice, gatherMax) in new (int?, int)[] { (null, 0), (null, 16), (1, 0), (5, 0), (100, 0) })
                {
                    using var plugin = Build(spec with { ExpertsPerSlice = slice, GatherTokensMax = gatherMax });
                    Assert.Equal(expected, plugin.Forward(x, routed, TokenRole.Prompt).Bits());
                    Assert.Equal(gatherMax > 0 && tokens <= 16 ? (1, 0) : (0, 1), (plugin.GatherCount, plugin.DenseCount));
                }
            }
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void A_token_that_is_no_number_stays_one_and_spoils_no_other(float value)
    {
        foreach (var activation in Enum.GetValues<MoeActivation>())
        {
            using var scope = NewDisposeScope();
            var spec = ExpertCheckpoint.Spec(
                new SingleRankCollective(epoch: 1), PerExpertLayout.Mixtral, experts: 3, activation: activation);
            using var inTree = ExpertCheckpoint.Build(OpTable.InTree(), spec);
            using var plugin = Build(spec);
            var x = Specs.Random(1, ScalarType.Float32, 5, spec.HiddenSize);
            using var routed = ExpertCheckpoint.Route(2, 5, spec, expertsUsed: 3);
            var clean = plugin.Forward(x, routed, TokenRole.Prompt);
            x[2, 4] = tensor(value);
            var (expected, y) = (inTree.Forward(x, routed, TokenRole.Prompt), plugin.Forward(x, routed, TokenRole.Prompt));
            Assert.All(y[2].Floats(), one => Assert.False(float.IsNaN(value) && !float.IsNaN(one)));
            Assert.Equal(expected[2].Floats().Select(float.IsNaN), y[2].Floats().Select(float.IsNaN));
            foreach (var row in new[] { 0, 1, 3, 4 })
                Assert.Equal(clean[row].Bits(), y[row].Bits());
        }
    }

    [Theory]
    [InlineData(1, 8, 16, true)]
    [InlineData(16, 2, 16, true)]
    [InlineData(17, 2, 16, false)]
    [InlineData(16, 4, 16, false)]
    [InlineData(1, 8, 0, false)]
    public void Few_tokens_of_few_choices_are_gathered(int tokens, int topK, int gatherMax, bool isGather)
    {
        using var scope = NewDisposeScope();
        var spec = ExpertCheckpoint.Spec(
            new SingleRankCollective(epoch: 1), PerExpertLayout.Projections, experts: 64, topK: topK, hidden: 4, inner: 2);
        using var op = Build(spec with { GatherTokensMax = gatherMax });
        using var routed = ExpertCheckpoint.Route(1, tokens, spec, expertsUsed: 64);
        op.Forward(zeros(tokens, 4), routed, TokenRole.Generated);
        Assert.Equal(isGather ? (1, 0) : (0, 1), (op.GatherCount, op.DenseCount));
    }

    [Fact]
    public void No_tokens_give_no_rows()
    {
        using var scope = NewDisposeScope();
        var spec = ExpertCheckpoint.Spec(new SingleRankCollective(epoch: 1), PerExpertLayout.Projections);
        using var op = Build(spec);
        var none = new RoutedTokens(zeros(0, 3), zeros([0, 3], ScalarType.Int64));
        Assert.Equal([0, 21], op.Forward(zeros(0, 21), none, TokenRole.Prompt).shape);
    }

    private static HpuFusedMoe Build(FusedMoeSpec spec) =>
        Assert.IsType<HpuFusedMoe>(ExpertCheckpoint.Build(PluginOps.Table(), spec));
}
