using System.Collections.Immutable;
using Gaudi.Hpu;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Tests.Hpu.GaudiPlugin;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Ops.InTree;

/// <summary>
/// Both encoder attentions against float64 loops. Tolerance 5e-6 in float32 (sums of at most 130 products of values to 2)
/// and 2^-8 in bfloat16 (the one rounding of the result).
/// </summary>
public sealed class MmEncoderAttentionTests
{
    [Theory]
    [InlineData(ScalarType.Float32, false, 5e-6)]
    [InlineData(ScalarType.Float32, true, 5e-6)]
    [InlineData(ScalarType.BFloat16, false, 0.004)]
    [InlineData(ScalarType.BFloat16, true, 0.004)]
    public void Attention_is_that_of_plain_loops_inside_each_segment(ScalarType dtype, bool isPlugin, double tolerance)
    {
        foreach (var one in EncoderAttentionCase.Of(dtype))
        {
            using var scope = NewDisposeScope();
            var (q, k, v) = (one.Query(), one.Key(), one.Value());
            var y = one.Build(Table(isPlugin)).Forward(q, k, v, one.SegmentStarts);
            Assert.Equal([one.TokenCount, one.HeadCount * one.HeadDim], y.shape);
            Assert.Equal(dtype, y.dtype);
            Specs.Near(one.Expected(q, k, v), y, tolerance);
        }
    }

    [Theory]
    [InlineData(ScalarType.Float32, false)]
    [InlineData(ScalarType.Float32, true)]
    [InlineData(ScalarType.BFloat16, false)]
    [InlineData(ScalarType.BFloat16, true)]
    public void A_segments_bits_are_those_it_has_alone(ScalarType dtype, bool isPlugin)
    {
        foreach (var one in EncoderAttentionCase.Of(dtype))
        {
            using var scope = NewDisposeScope();
            var op = one.Build(Table(isPlugin));
            var (q, k, v) = (one.Query(), one.Key(), one.Value());
            var together = op.Forward(q, k, v, one.SegmentStarts);
            for (var segment = 0; segment + 1 < one.SegmentStarts.Length; segment++)
            {
                var first = one.SegmentStarts[segment];
                var count = one.SegmentStarts[segment + 1] - first;
                var alone = op.Forward(
                    q.narrow(0, first, count), k.narrow(0, first, count), v.narrow(0, first, count), [0, count]);
                Assert.Equal(alone.Bits(), together.narrow(0, first, count).Bits());
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_tokens_bits_do_not_depend_on_the_query_beside_it(bool isPlugin)
    {
        using var scope = NewDisposeScope();
        var one = new EncoderAttentionCase(4, 2, 20, [0, 11], ScalarType.Float32, 9);
        var op = one.Build(Table(isPlugin));
        var (q, k, v) = (one.Query(), one.Key(), one.Value());
        var y = op.Forward(q, k, v, one.SegmentStarts);
        var turned = op.Forward(q.flip(0), k, v, one.SegmentStarts); // the same queries in other tiles
        Assert.Equal(y.Bits(), turned.flip(0).Bits());
    }

    [Fact]
    public void A_lone_token_gives_its_value_and_equal_keys_give_the_mean()
    {
        using var scope = NewDisposeScope();
        foreach (var isPlugin in new[] { false, true })
        {
            var op = new EncoderAttentionCase(1, 1, 2, [0, 3], ScalarType.Float32, 1).Build(Table(isPlugin));
            var q = tensor(new float[] { 1, 2, 3, 4, 5, 6 }, [3, 2]);
            var k = ones(3, 2);
            var v = tensor(new float[] { 7, 8, 1, 2, 3, 6 }, [3, 2]);
            Assert.Equal([7f, 8, 2, 4, 2, 4], op.Forward(q, k, v, [0, 1, 3]).Floats());
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Segments_that_do_not_ascend_from_0_to_the_tokens_are_refused(bool isPlugin)
    {
        using var scope = NewDisposeScope();
        var one = new EncoderAttentionCase(2, 1, 4, [0, 6], ScalarType.Float32, 1);
        var op = one.Build(Table(isPlugin));
        ImmutableArray<int>[] wrong = [default, [], [0], [0, 5], [1, 6], [0, 7], [0, 3, 3, 6], [0, 4, 2, 6], [0, -1, 6]];
        foreach (var starts in wrong)
        {
            var error = Assert.Throws<InvariantBrokenException>(
                () => op.Forward(one.Query(), one.Key(), one.Value(), starts));
            Assert.Contains("attn: segment starts that ascend from 0 to 6, not [", error.Message);
        }
    }

    [Fact]
    public void Shapes_and_types_that_do_not_fit_are_refused()
    {
        using var scope = NewDisposeScope();
        foreach (var isPlugin in new[] { false, true })
        {
            var one = new EncoderAttentionCase(2, 1, 4, [0, 6], ScalarType.Float32, 1);
            var op = one.Build(Table(isPlugin));
            var (q, k, v) = (one.Query(), one.Key(), one.Value());
            Assert.Throws<InvariantBrokenException>(() => op.Forward(q.narrow(1, 0, 4), k, v, [0, 6]));
            Assert.Throws<InvariantBrokenException>(() => op.Forward(q, q, v, [0, 6]));
            Assert.Throws<InvariantBrokenException>(() => op.Forward(q, k, v.narrow(0, 0, 5), [0, 6]));
            Assert.Throws<InvariantBrokenException>(
                () => op.Forward(q, k.to_type(ScalarType.BFloat16), v, [0, 6]));
            var uneven = one with { HeadCount = 3, KvHeadCount = 2 };
            Assert.Throws<InvariantBrokenException>(
                () => uneven.Build(Table(isPlugin)).Forward(uneven.Query(), uneven.Key(), uneven.Value(), [0, 6]));
        }
    }

    [Fact]
    public void The_plugins_class_answers_for_the_name() =>
        Assert.Equal(
            "HpuMmEncoderAttention",
            new EncoderAttentionCase(1, 1, 4, [0, 1], ScalarType.Float32, 1).Build(PluginOps.Table()).GetType().Name);

    private static OpTable Table(bool isPlugin) => isPlugin ? PluginOps.Table() : OpTable.InTree();
}
