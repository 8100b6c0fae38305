using Gaudi.Hpu;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Ops.InTree;

/// <summary>The in-tree experts: the formula, its order, and who owns which weight.</summary>
public sealed class FusedMoeTests
{
    [Theory]
    [InlineData(ScalarType.Float32, 2e-6)] // sums of some hundred float32 products of size 1
    [InlineData(ScalarType.BFloat16, 0.0040)] // one rounding to bfloat16, 2^-8
    public void Experts_give_the_float64_formula(ScalarType dtype, double tolerance) =>
        FusedMoeLaws.Is_the_formula(OpTable.InTree(), dtype, tolerance);

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void Tensor_parallel_ranks_all_give_the_bits_of_the_whole(ScalarType dtype) =>
        FusedMoeLaws.Tensor_parallel_is_the_whole(OpTable.InTree(), dtype);

    [Fact]
    public void Expert_parallel_ranks_give_the_whole_within_float32_rounding() =>
        FusedMoeLaws.Expert_parallel_is_near_the_whole(OpTable.InTree());

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void A_rows_bits_depend_on_no_other_row(ScalarType dtype) =>
        FusedMoeLaws.A_row_depends_on_no_other(OpTable.InTree(), dtype);

    [Fact]
    public void Experts_give_the_hand_checked_case() => HandCase(OpTable.InTree());

    [Theory]
    [InlineData(8, -9, -41.9997)]
    [InlineData(1, 2, 2.53739)]
    public void Swiglu_oai_gives_the_hand_checked_cases(float gate, float up, double expected) =>
        Assert.Equal(expected, ExpertActivation.Of(MoeActivation.SwigluOai, gate, up), tolerance: 5e-5);

    [Theory]
    [InlineData(false, 2)]
    [InlineData(false, 8)]
    [InlineData(true, 2)]
    [InlineData(true, 8)]
    public void Slices_of_all_ranks_cover_every_weight_once_and_replicate_the_down_bias(bool isExpertParallel, int worldSize)
    {
        foreach (var layout in FusedMoeLaws.Layouts)
        {
            var slices = Enumerable.Range(0, worldSize).SelectMany(rank =>
            {
                using var op = OpTable.InTree().Create<FusedMoe>(ExpertCheckpoint.Spec(
                    new SilentRank(rank, worldSize), layout, experts: 8, hasBias: true,
                    isExpertParallel: isExpertParallel));
                return op.Slices;
            }).ToLookup(slice => slice.Name);
            Assert.Equal(layout is StackedLayout ? 4 : 6 * 8, slices.Count);
            foreach (var parts in slices)
            {
                var isReplicated = parts.Key.EndsWith("down_proj_bias", StringComparison.Ordinal)
                    || parts.Key.EndsWith("down_proj.bias", StringComparison.Ordinal)
                    || parts.Key.EndsWith("w2.bias", StringComparison.Ordinal);
                Assert.Equal(worldSize, parts.Count()); // Every rank names every tensor, its own part or none of it.
                var size = parts.First(part => part.Length > 0).Shape[parts.First(part => part.Length > 0).Dimension];
                Assert.Equal(isReplicated ? size * worldSize : size, parts.Sum(part => part.Length));
                var end = 0L;
                foreach (var part in parts.Where(part => part.Length > 0 && !isReplicated))
                {
                    Assert.Equal(end, part.Start);
                    end += part.Length;
                }
            }
        }
    }

    [Fact]
    public void Weight_bytes_are_the_packed_matrices_and_the_biases()
    {
        foreach (var layout in FusedMoeLaws.Layouts)
        {
            long Bytes(int worldSize, bool isExpertParallel, bool hasBias)
            {
                using var op = OpTable.InTree().Create<FusedMoe>(ExpertCheckpoint.Spec(
                    new SilentRank(0, worldSize), layout, ScalarType.BFloat16, experts: 6, hidden: 21, inner: 20,
                    hasBias: hasBias, isExpertParallel: isExpertParallel));
                return op.WeightBytes;
            }
            // Outputs padded to 16: 40 -> 48 and 21 -> 32; two bytes a weight, four a bias.
            Assert.Equal(6 * ((48 * 21) + (32 * 20)) * 2, Bytes(1, false, false));
            Assert.Equal((6 * ((48 * 21) + (32 * 20)) * 2) + (4 * ((6 * 40) + (6 * 21))), Bytes(1, false, true));
            Assert.Equal((6 * ((32 * 21) + (32 * 10)) * 2) + (4 * ((6 * 20) + (6 * 21))), Bytes(2, false, true));
            Assert.Equal((3 * ((48 * 21) + (32 * 20)) * 2) + (4 * ((3 * 40) + (6 * 21))), Bytes(2, true, true));
        }
    }

    [Fact]
    public void Sizes_that_do_not_split_and_tokens_that_do_not_fit_are_refused()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<InvariantBrokenException>(() => OpTable.InTree().Create<FusedMoe>(
            ExpertCheckpoint.Spec(new SilentRank(0, 4), PerExpertLayout.Mixtral, inner: 18)));
        Assert.Throws<InvariantBrokenException>(() => OpTable.InTree().Create<FusedMoe>(
            ExpertCheckpoint.Spec(new SilentRank(0, 4), PerExpertLayout.Mixtral, experts: 6, isExpertParallel: true)));
        Assert.Throws<InvariantBrokenException>(() => OpTable.InTree().Create<FusedMoe>(
            ExpertCheckpoint.Spec(new SilentRank(0, 1), PerExpertLayout.Mixtral, experts: 2, topK: 3)));
        var spec = ExpertCheckpoint.Spec(new SingleRankCollective(epoch: 1), PerExpertLayout.Mixtral, topK: 2);
        using var op = ExpertCheckpoint.Build(OpTable.InTree(), spec);
        var x = zeros(1, spec.HiddenSize);
        var half = full([1, 2], 0.5f);
        Tensor Forward(Tensor rows, Tensor weights, params long[] ids) => op.Forward(
            rows, new RoutedTokens(weights, tensor(ids, [1, ids.Length])), TokenRole.Prompt);
        Assert.Equal(21, Forward(x, half, 5, 0).numel());
        Assert.Throws<InvariantBrokenException>(() => Forward(zeros(1, 22), half, 0, 1));
        Assert.Throws<InvariantBrokenException>(() => Forward(zeros(2, 21), half, 0, 1));
        Assert.Throws<InvariantBrokenException>(() => Forward(x, half, 0, 1, 2));
        Assert.Throws<InvariantBrokenException>(() => Forward(x, half, 0, 6));
        Assert.Throws<InvariantBrokenException>(() => Forward(x, half, -1, 0));
        Assert.Throws<InvariantBrokenException>(() => Forward(x, half.to_type(ScalarType.BFloat16), 0, 1));
        Assert.Contains(
            "chooses expert 3 once",
            Assert.Throws<InvariantBrokenException>(() => Forward(x, half, 3, 3)).Message, StringComparison.Ordinal);
    }

    /// <summary>Appendix A's row.</summary>
    internal static void HandCase(OpTable table)
    {
        using var scope = NewDisposeScope();
        var spec = ExpertCheckpoint.Spec(
            new SingleRankCollective(epoch: 1), PerExpertLayout.Mixtral, experts: 2, topK: 2, hidden: 2, inner: 1);
        using var op = table.Create<FusedMoe>(spec);
        float[][] weights = [[0.5f, 0.25f], [1, 1], [1, 2], [-1, 0.5f], [2, -1], [-1, 0.5f]]; // w1, w3, w2 of each
        for (var i = 0; i < weights.Length; i++)
            op.Load(i, tensor(weights[i], [.. op.Slices[i].Shape]));
        var routed = new RoutedTokens(tensor(new[] { 0.75f, 0.25f }, [1, 2]), tensor(new long[] { 0, 1 }, [1, 2]));
        var y = op.Forward(tensor(new float[] { 1, -2 }, [1, 2]), routed, TokenRole.Prompt);
        Specs.Near([0.238406, -0.119203], y, 1e-6);
    }
}
