using System.Collections.Immutable;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.GaudiPlugin.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Quantization;
using Gaudi.Tests.Hpu.GaudiPlugin;
using Gaudi.Tests.Hpu.Ops.InTree;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Quantization;

/// <summary>Quantized experts: the same bits by either kernel and over any ranks, and near what their codes stand for.</summary>
public sealed class QuantizedExpertTests
{
    private static readonly ImmutableArray<int> Blocks = [20, 48];

    [Fact]
    public void Experts_of_four_bits_are_the_plain_ones_of_their_values()
    {
        using var scope = NewDisposeScope();
        var experts = QuantizedExperts.Packed();
        foreach (var table in QuantizedLinears.Tables)
        {
            var whole = experts.Run(table, 1, isPlain: true)[0];
            foreach (var worldSize in new[] { 1, 2, 4 })
                Assert.All(experts.Run(table, worldSize), bits => Assert.Equal(whole, bits));
            Assert.Equal(
                experts.Run(table, 2, isExpertParallel: true, isPlain: true), experts.Run(table, 2, isExpertParallel: true));
        }
    }

    [Theory]
    [InlineData(false, true, false)]
    [InlineData(false, true, true)]
    [InlineData(false, false, true)]
    [InlineData(true, false, false)]
    [InlineData(true, true, false)]
    public void Float8_experts_have_the_same_bits_over_any_ranks(bool isCompressed, bool hasBlocks, bool isStatic)
    {
        using var scope = NewDisposeScope();
        var experts = QuantizedExperts.Float8(isCompressed, hasBlocks ? Blocks : [], isStatic ? 0.01f : null);
        foreach (var dtype in new[] { ScalarType.Float32, ScalarType.BFloat16 })
        {
            var whole = experts.Run(QuantizedLinears.Tables[0], 1, dtype)[0];
            foreach (var worldSize in new[] { 1, 2, 4, 8 })
                Assert.All(experts.Run(QuantizedLinears.Tables[1], worldSize, dtype), bits => Assert.Equal(whole, bits));
            Assert.All(experts.Run(QuantizedLinears.Tables[0], 4, dtype), bits => Assert.Equal(whole, bits));
            var apart = experts.Run(QuantizedLinears.Tables[0], 2, dtype, isExpertParallel: true);
            Assert.Equal(apart[0], apart[1]);
            Assert.Equal(apart, experts.Run(QuantizedLinears.Tables[1], 2, dtype, isExpertParallel: true));
        }
    }

    /// <summary>Three roundings to 3 bits after the first, on average a fiftieth each, of which sums keep about the same share.</summary>
    [Fact]
    public void Float8_experts_are_near_the_values_they_stand_for()
    {
        using var scope = NewDisposeScope();
        foreach (var blocks in new[] { Blocks, [] })
        {
            var experts = QuantizedExperts.Float8(false, blocks);
            var exact = experts.Run(PluginOps.Table, 1, isPlain: true)[0].Select(BitConverter.UInt32BitsToSingle).ToArray();
            foreach (var isExpertParallel in new[] { false, true })
            {
                var y = experts.Run(PluginOps.Table, 2, isExpertParallel: isExpertParallel)[0].Select(BitConverter.UInt32BitsToSingle);
                var error = Math.Sqrt(y.Zip(exact).Sum(one => Math.Pow(one.First - one.Second, 2)) / exact.Sum(one => one * (double)one));
                Assert.InRange(error, 0.001, 0.08);
            }
        }
    }

    [Fact]
    public void A_tokens_bits_depend_on_no_other_and_no_tokens_give_no_rows()
    {
        using var scope = NewDisposeScope();
        var spec = QuantizedExperts.Spec(new SingleRankCollective(epoch: 1));
        foreach (var (experts, table) in new[] { QuantizedExperts.Float8(false, Blocks), QuantizedExperts.Packed() }
            .SelectMany(_ => QuantizedLinears.Tables, (one, table) => (one, table)))
        {
            using var op = experts.Build(table(), spec);
            var x = QuantizedExperts.Rows(70, ScalarType.Float32);
            var routed = ExpertCheckpoint.Route(1, 70, spec, QuantizedExperts.Experts);
            var together = op.Forward(x, routed, TokenRole.Prompt);
            foreach (var (first, count) in new[] { (0, 1), (69, 1), (63, 3), (0, 0) })
            {
                using var some = new RoutedTokens(
                    routed.Weights.narrow(0, first, count).clone(), routed.Ids.narrow(0, first, count).clone());
                var apart = op.Forward(x.narrow(0, first, count), some, TokenRole.Prompt);
                Assert.Equal([count, QuantizedExperts.Hidden], apart.shape);
                Assert.Equal(together.narrow(0, first, count).Bits(), apart.Bits());
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Ranks_of_whole_experts_read_their_own_and_name_all(bool isPacked)
    {
        using var scope = NewDisposeScope();
        var experts = isPacked ? QuantizedExperts.Packed() : QuantizedExperts.Float8(false, Blocks, 0.01f);
        for (var rank = 0; rank < 3; rank++)
        {
            using var op = experts.Build(
                PluginOps.Table(), QuantizedExperts.Spec(new SilentRank(rank, 3), isExpertParallel: true));
            Assert.Equal(isPacked ? typeof(HpuPackedIntFusedMoe) : typeof(HpuFp8FusedMoe), op.GetType());
            Assert.Equal(
                experts.Stored.Keys.Where(name => !name.EndsWith("weight_shape", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
                op.Slices.Select(slice => slice.Name).Order(StringComparer.Ordinal));
            var own = new[] { 2 * rank, (2 * rank) + 1 };
            foreach (var slice in op.Slices.Where(slice => !slice.Shape.IsEmpty)) // A single scale is read whoever owns it.
            {
                var isOwn = own.Any(expert => slice.Name.Contains($"experts.{expert}.", StringComparison.Ordinal));
                Assert.Equal(isOwn ? slice.Shape[slice.Dimension] : 0, slice.Length);
            }
        }
    }

    [Fact]
    public void Some_plain_experts_among_quantized_ones_are_refused_by_name()
    {
        using var scope = NewDisposeScope();
        var experts = QuantizedExperts.Float8(false, Blocks);
        experts.Stored["moe.experts.2.up_proj.weight"] = experts.Wide["moe.experts.2.up_proj.weight"];
        var error = Assert.Throws<QuantizationException>(
            () => experts.Build(PluginOps.Table(), QuantizedExperts.Spec(new SingleRankCollective(epoch: 1))));
        Assert.Equal(
            "moe: expected all experts quantized by fp8, or none; moe.experts.2.up_proj is stored plainly", error.Message);
    }

    [Fact]
    public void Weights_take_a_byte_or_half_of_one()
    {
        using var scope = NewDisposeScope();
        const double Count = 3 * QuantizedExperts.Experts * QuantizedExperts.Hidden * QuantizedExperts.Inner;
        double BytesOf(QuantizedExperts experts, int worldSize, bool isExpertParallel)
        {
            using var op = experts.Build(
                PluginOps.Table(), QuantizedExperts.Spec(new SilentRank(0, worldSize), isExpertParallel: isExpertParallel));
            return op.WeightBytes * worldSize / Count;
        }
        // Beside a byte: a scale of four for each output, and four for each input's group.
        var float8 = QuantizedExperts.Float8(false, Blocks);
        Assert.InRange(BytesOf(float8, 1, false), 1, 1.1);
        Assert.InRange(BytesOf(float8, 2, true), 1, 1.1);
        Assert.InRange(BytesOf(float8, 2, false), 1, 1.15);
        // Beside half a byte: a scale and a zero of four each for each group of 32.
        Assert.InRange(BytesOf(QuantizedExperts.Packed(), 1, false), 0.75, 0.8);
    }
}
