using static Gaudi.Tests.Hpu.Models.Families.DeepseekShape;
using static Gaudi.Tests.Hpu.Models.Families.DoubleMath;

namespace Gaudi.Tests.Hpu.Models.Families;

/// <summary>
/// DeepSeek V2 and V3 in plain double arithmetic: keys and values of every head are written out, nothing is absorbed.
/// </summary>
internal sealed class DoubleDeepseek(DeepseekShape shape, IReadOnlyDictionary<string, float[]> weights)
    : DoubleDecoder(weights, Hidden, LayerCount, DeepseekShape.Epsilon)
{
    protected override double[][] Attend(int layer, double[][] x)
    {
        var prefix = $"model.layers.{layer}.self_attn";
        var keys = new double[x.Length][][]; // [positions][heads][nope + rope]
        var values = new double[x.Length][][]; // [positions][heads][value]
        for (var position = 0; position < x.Length; position++)
        {
            var joint = Math.Linear(x[position], $"{prefix}.kv_a_proj_with_mqa");
            var shared = Rotate(joint[KvRank..], position);
            var latent = Math.RmsNorm(joint[..KvRank], $"{prefix}.kv_a_layernorm", Epsilon);
            var heads = Math.Linear(latent, $"{prefix}.kv_b_proj").Chunk(NopeDim + ValueDim).ToArray();
            keys[position] = [.. heads.Select(head => (double[])[.. head[..NopeDim], .. shared])];
            values[position] = [.. heads.Select(head => head[NopeDim..])];
        }
        return [.. x.Select((row, position) => Math.Linear(
            [
                .. Queries(prefix, row, position).SelectMany((query, head) => DoubleMath.Attend(
                    query, [.. keys[..(position + 1)].Select(at => at[head])],
                    [.. values[..(position + 1)].Select(at => at[head])], Scale)),
            ],
            $"{prefix}.o_proj"))];
    }

    protected override double[] FeedForward(int layer, double[] x)
    {
        var prefix = $"model.layers.{layer}.mlp";
        if (layer == 0)
            return GatedMlp(prefix, x);
        var y = GatedMlp($"{prefix}.shared_experts", x);
        foreach (var (expert, share) in Chosen(prefix, Math.Linear(x, $"{prefix}.gate")))
            y = Add(y, [.. GatedMlp($"{prefix}.experts.{expert}", x).Select(value => value * share)]);
        return y;
    }

    // V2: softmax, groups by their best expert. V3: sigmoid, groups by the sum of their two best, a bias that only chooses.
    private IEnumerable<(int Expert, double Share)> Chosen(string prefix, double[] logits)
    {
        var scores = shape.IsThird ? [.. logits.Select(logit => 1 / (1 + System.Math.Exp(-logit)))] : Softmax(logits);
        var bias = shape.IsThird ? Weights[$"{prefix}.gate.e_score_correction_bias"] : new float[Experts];
        var choosing = scores.Select((score, expert) => score + bias[expert]).ToArray();
        const int PerGroup = Experts / Groups;
        var groups = Enumerable.Range(0, Groups).OrderByDescending(group =>
            choosing[(group * PerGroup)..((group + 1) * PerGroup)].OrderDescending().Take(shape.IsThird ? 2 : 1).Sum())
            .Take(ChosenGroups).ToHashSet();
        var chosen = Enumerable.Range(0, Experts).Where(expert => groups.Contains(expert / PerGroup))
            .OrderByDescending(expert => choosing[expert]).Take(ChosenCount).ToArray();
        var sum = shape.IsThird ? chosen.Sum(expert => scores[expert]) : 1;
        return chosen.Select(expert => (expert, scores[expert] / sum * ScalingFactor));
    }

    private IEnumerable<double[]> Queries(string prefix, double[] x, int position)
    {
        var query = shape.HasQueryRank
            ? Math.Linear(Math.RmsNorm(Math.Linear(x, $"{prefix}.q_a_proj"), $"{prefix}.q_a_layernorm", Epsilon), $"{prefix}.q_b_proj")
            : Math.Linear(x, $"{prefix}.q_proj");
        return query.Chunk(NopeDim + RopeDim).Select(head => (double[])[.. head[..NopeDim], .. Rotate(head[NopeDim..], position)]);
    }

    private double Scale => (shape.HasYarn ? System.Math.Pow(Mscale(shape.AllDimensions ?? 0), 2) : 1) / System.Math.Sqrt(NopeDim + RopeDim);

    private static double Mscale(double mscale) => (0.1 * mscale * System.Math.Log(8)) + 1;

    // Neighbours are a pair. The real part of (x0 + i x1) e^(i angle), then the imaginary one.
    private double[] Rotate(double[] x, int position)
    {
        var frequencies = Turns();
        var factor = shape.HasYarn ? Mscale(1.3) / Mscale(shape.AllDimensions ?? 0) : 1;
        var turned = new double[x.Length];
        for (var i = 0; i < frequencies.Length; i++)
        {
            var (cos, sin) = (System.Math.Cos(position * frequencies[i]) * factor, System.Math.Sin(position * frequencies[i]) * factor);
            turned[2 * i] = (x[2 * i] * cos) - (x[(2 * i) + 1] * sin);
            turned[(2 * i) + 1] = (x[2 * i] * sin) + (x[(2 * i) + 1] * cos);
        }
        return turned;
    }

    private double[] Turns()
    {
        var plain = Frequencies(10_000, RopeDim);
        if (!shape.HasYarn)
            return plain;
        double Bound(double turns) => RopeDim * System.Math.Log(64 / (turns * 2 * System.Math.PI)) / (2 * System.Math.Log(10_000));
        var low = System.Math.Max(System.Math.Floor(Bound(32)), 0);
        var high = System.Math.Min(System.Math.Ceiling(Bound(1)), RopeDim - 1);
        return
        [
            .. plain.Select((frequency, i) =>
            {
                var stretched = System.Math.Clamp((i - low) / (high - low), 0, 1);
                return (frequency / 8 * stretched) + (frequency * (1 - stretched));
            }),
        ];
    }
}
