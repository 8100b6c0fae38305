using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Ops.InTree;

/// <summary>Routers built through a table, and logits that tie on purpose.</summary>
internal static class Routing
{
    public static FusedTopkSpec Fused(
        int experts, int topK, RouterScoring scoring, bool renormalise, bool hasBias = false, float factor = 1,
        ScalarType dtype = ScalarType.Float32) =>
        new("gate", dtype, CPU, experts, topK, scoring, renormalise, factor)
        {
            CorrectionBias = hasBias ? WeightSlice.Whole("gate.e_score_correction_bias", experts) : null,
        };

    public static GroupedTopkSpec Grouped(
        int experts, int topK, int groups, int topkGroups, RouterScoring scoring, bool renormalise,
        bool hasBias = false, float factor = 1) =>
        new("gate", ScalarType.Float32, CPU, experts, topK, scoring, renormalise, groups, topkGroups, factor)
        {
            CorrectionBias = hasBias ? WeightSlice.Whole("gate.e_score_correction_bias", experts) : null,
        };

    public static T Build<T>(OpTable table, RouterSpec spec, float[]? bias = null) where T : TopkRouter
    {
        var op = table.Create<T>(spec);
        Assert.Equal(spec.CorrectionBias is null ? 0 : 4 * spec.ExpertCount, op.WeightBytes);
        Assert.Equal(spec.CorrectionBias is null ? 0 : 1, op.Slices.Length);
        if (bias is not null)
        {
            using var values = tensor(bias);
            op.Load(0, values);
        }
        return op;
    }

    /// <summary>Multiples of 1/16 from -2 to 2, exact in bfloat16: with many experts several are equal.</summary>
    public static float[] Grid(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(-32, 33) / 16f)];
    }

    /// <summary>The ids are the truth's, the weights near it.</summary>
    public static void Near(Func<double[], RoutingTruth.Routed> truth, Tensor logits, RoutedTokens routed, int topK)
    {
        var experts = (int)logits.shape[1];
        var values = logits.Floats().Select(one => (double)one).ToArray();
        var expected = Enumerable.Range(0, (int)logits.shape[0])
            .Select(row => truth(values[(row * experts)..((row + 1) * experts)])).ToArray();
        Assert.Equal([logits.shape[0], topK], routed.Ids.shape);
        Assert.Equal((ScalarType.Int64, ScalarType.Float32), (routed.Ids.dtype, routed.Weights.dtype));
        Assert.Equal(expected.SelectMany(one => one.Ids).Select(id => (long)id), routed.Ids.data<long>());
        Specs.Near(expected.SelectMany(one => one.Weights), routed.Weights, 1e-6); // A few float32 roundings.
    }
}
