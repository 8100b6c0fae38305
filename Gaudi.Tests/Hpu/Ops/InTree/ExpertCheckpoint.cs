using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Ops.InTree;

/// <summary>Random experts in a checkpoint's layout: their tensors by name, their formula in float64.</summary>
/// <param name="spec">Of any rank.</param>
internal sealed class ExpertCheckpoint(FusedMoeSpec spec)
{
    private readonly Dictionary<string, float[]> _values = [];

    /// <summary>A layer of experts; small sizes that are odd on purpose.</summary>
    public static FusedMoeSpec Spec(
        ICollective rank, ExpertLayout layout, ScalarType dtype = ScalarType.Float32, int experts = 6, int topK = 3,
        int hidden = 21, int inner = 16, MoeActivation activation = MoeActivation.Silu, bool hasBias = false,
        bool isExpertParallel = false) =>
        new("moe", dtype, CPU, new RankLane(rank), experts, topK, hidden, inner, activation, hasBias, isExpertParallel,
            layout);

    public static FusedMoe Build(OpTable table, FusedMoeSpec spec)
    {
        using var scope = NewDisposeScope();
        var op = table.Create<FusedMoe>(spec);
        var checkpoint = new ExpertCheckpoint(spec);
        for (var i = 0; i < op.Slices.Length; i++)
        {
            var slice = op.Slices[i];
            var whole = tensor(checkpoint.Of(slice.Name, slice.Shape.Aggregate((a, b) => a * b)), [.. slice.Shape]);
            op.Load(i, whole.narrow(slice.Dimension, slice.Start, slice.Length));
        }
        return op;
    }

    /// <summary>Every token's experts, distinct, in any order, with weights that sum to about 1.</summary>
    public static RoutedTokens Route(int seed, int tokens, FusedMoeSpec spec, int expertsUsed)
    {
        var random = new Random(seed);
        var ids = new List<long>();
        for (var token = 0; token < tokens; token++)
            ids.AddRange(Enumerable.Range(0, expertsUsed).Select(id => (long)id)
                .OrderBy(_ => random.Next()).Take(spec.TopK));
        var weights = ids.Select(_ => (float)(random.NextDouble() * 2 / spec.TopK)).ToArray();
        return new RoutedTokens(tensor(weights, [tokens, spec.TopK]), tensor(ids.ToArray(), [tokens, spec.TopK]));
    }

    /// <summary>The layer's formula in float64, from the checkpoint's own layout: [tokens * hidden].</summary>
    public double[] Expected(Tensor x, RoutedTokens routed)
    {
        var (values, weights, ids) = (x.Floats(), routed.Weights.Floats(), routed.Ids.data<long>().ToArray());
        var y = new double[values.Length];
        for (var choice = 0; choice < ids.Length; choice++)
        {
            var first = choice / spec.TopK * spec.HiddenSize;
            var inner = Enumerable.Range(0, spec.IntermediateSize)
                .Select(i => Activated((int)ids[choice], i, values.AsSpan(first, spec.HiddenSize))).ToArray();
            for (var h = 0; h < spec.HiddenSize; h++)
            {
                var sum = spec.HasBias ? DownBias((int)ids[choice], h) : 0;
                for (var i = 0; i < inner.Length; i++)
                    sum += Down((int)ids[choice], h, i) * inner[i];
                y[first + h] += weights[choice] * sum;
            }
        }
        return y;
    }

    /// <summary>The activation in float64.</summary>
    public static double Activate(MoeActivation activation, double gate, double up)
    {
        switch (activation)
        {
            case MoeActivation.Silu:
                return gate / (1 + Math.Exp(-gate)) * up;
            case MoeActivation.GeluTanh:
                return 0.5 * gate * up * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (gate + (0.044715 * Math.Pow(gate, 3)))));
            default:
                var (g, u) = (Math.Min(gate, 7), Math.Clamp(up, -7, 7));
                return g / (1 + Math.Exp(-1.702 * g)) * (u + 1);
        }
    }

    /// <summary>A tensor's values: up to 1/2 in size, exact in bfloat16, the same for a name in every process.</summary>
    public float[] Of(string name, long count)
    {
        if (_values.TryGetValue(name, out var known))
            return known;
        var random = new Random(name.Aggregate(7, (hash, letter) => unchecked((hash * 31) + letter)));
        return _values[name] = [.. Enumerable.Range(0, (int)count).Select(_ => random.Next(-64, 65) / 128f)];
    }

    private double Activated(int expert, int i, ReadOnlySpan<float> x)
    {
        var (gate, up) = spec.HasBias ? (Bias(expert, i, isUp: false), Bias(expert, i, isUp: true)) : (0, 0);
        for (var h = 0; h < x.Length; h++)
        {
            gate += In(expert, i, h, isUp: false) * x[h];
            up += In(expert, i, h, isUp: true) * x[h];
        }
        return Activate(spec.Activation, gate, up);
    }

    private double In(int expert, int i, int h, bool isUp) => spec.Layout is PerExpertLayout names
        ? Of($"moe.experts.{expert}.{(isUp ? names.UpName : names.GateName)}.weight", (long)H * I)[(i * H) + h]
        : Of("moe.experts.gate_up_proj", (long)E * H * 2 * I)[(((expert * H) + h) * 2 * I) + (2 * i) + (isUp ? 1 : 0)];

    private double Bias(int expert, int i, bool isUp) => spec.Layout is PerExpertLayout names
        ? Of($"moe.experts.{expert}.{(isUp ? names.UpName : names.GateName)}.bias", I)[i]
        : Of("moe.experts.gate_up_proj_bias", (long)E * 2 * I)[(expert * 2 * I) + (2 * i) + (isUp ? 1 : 0)];

    private double Down(int expert, int h, int i) => spec.Layout is PerExpertLayout names
        ? Of($"moe.experts.{expert}.{names.DownName}.weight", (long)H * I)[(h * I) + i]
        : Of("moe.experts.down_proj", (long)E * H * I)[(((expert * I) + i) * H) + h];

    private double DownBias(int expert, int h) => spec.Layout is PerExpertLayout names
        ? Of($"moe.experts.{expert}.{names.DownName}.bias", H)[h]
        : Of("moe.experts.down_proj_bias", (long)E * H)[(expert * H) + h];

    private int E => spec.ExpertCount;

    private int H => spec.HiddenSize;

    private int I => spec.IntermediateSize;
}
