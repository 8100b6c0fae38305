using static Gaudi.Tests.Hpu.Models.Families.DoubleMath;

namespace Gaudi.Tests.Hpu.Models.Families;

/// <summary>Mixtral, Qwen's mixtures and gpt-oss in plain double arithmetic.</summary>
internal sealed class DoubleMoe(MoeShape shape, IReadOnlyDictionary<string, float[]> weights)
    : DoubleDecoder(weights, MoeShape.Hidden, MoeShape.LayerCount, MoeShape.Epsilon)
{
    protected override double[][] Attend(int layer, double[][] x)
    {
        var prefix = $"model.layers.{layer}.self_attn";
        var frequencies = shape.Frequencies();
        double[][][] Heads(string name, bool turns) =>
        [
            .. x.Select((row, position) => Math.Linear(row, $"{prefix}.{name}_proj").Chunk(MoeShape.HeadDim).Select(head =>
            {
                var norm = $"{prefix}.{name}_norm";
                var normed = Weights.ContainsKey($"{norm}.weight") ? Math.RmsNorm(head, norm, Epsilon) : head;
                return turns
                    ? [.. RotateHalves(normed, position, frequencies).Select(value => value * shape.RotaryFactor)]
                    : normed;
            }).ToArray()),
        ];
        var (queries, keys, values) = (Heads("q", true), Heads("k", true), Heads("v", false));
        var sinks = Weights.GetValueOrDefault($"{prefix}.sinks");
        return
        [
            .. x.Select((_, position) =>
            {
                var seen = System.Math.Max(0, position + 1 - shape.WindowOf(layer))..(position + 1);
                var all = Enumerable.Range(0, MoeShape.Heads).SelectMany(head =>
                {
                    var kv = head / (MoeShape.Heads / MoeShape.KvHeads);
                    var scores = keys[seen].Select(at => Dot(queries[position][head], at[kv]) / System.Math.Sqrt(MoeShape.HeadDim));
                    // A sink is one more score, whose value is nothing.
                    var probabilities = Softmax([.. scores, .. sinks is null ? [] : new[] { (double)sinks[head] }]);
                    return Enumerable.Range(0, MoeShape.HeadDim).Select(
                        d => values[seen].Select((at, j) => probabilities[j] * at[kv][d]).Sum());
                });
                return Math.Linear([.. all], $"{prefix}.o_proj");
            }),
        ];
    }

    protected override double[] FeedForward(int layer, double[] x)
    {
        var prefix = $"model.layers.{layer}";
        return shape.Architecture switch
        {
            "MixtralForCausalLM" => Mixtral($"{prefix}.block_sparse_moe", x),
            "GptOssForCausalLM" => GptOss($"{prefix}.mlp", x),
            _ => shape.IsSparse(layer) ? Qwen($"{prefix}.mlp", x) : GatedMlp($"{prefix}.mlp", x),
        };
    }

    // Jiang et al. 2024, section 2.1: softmax over the top two logits.
    private double[] Mixtral(string prefix, double[] x)
    {
        var logits = Math.Linear(x, $"{prefix}.gate");
        var chosen = Best(logits);
        var shares = Softmax([.. chosen.Select(expert => logits[expert])]);
        return Sum(chosen.Select((expert, i) =>
            (shares[i], GatedMlp($"{prefix}.experts.{expert}", x, "w1", "w3", "w2"))));
    }

    private double[] Qwen(string prefix, double[] x)
    {
        var probabilities = Softmax(Math.Linear(x, $"{prefix}.gate"));
        var chosen = Best(probabilities);
        var sum = shape.Renormalises ? chosen.Sum(expert => probabilities[expert]) : 1;
        var y = Sum(chosen.Select(expert => (probabilities[expert] / sum, GatedMlp($"{prefix}.experts.{expert}", x))));
        if (!Weights.ContainsKey($"{prefix}.shared_expert_gate.weight"))
            return y;
        var gate = 1 / (1 + System.Math.Exp(-Math.Linear(x, $"{prefix}.shared_expert_gate")[0]));
        return Add(y, [.. GatedMlp($"{prefix}.shared_expert", x).Select(value => value * gate)]);
    }

    // OpenAI 2025, model card 2.2: gate and up interleaved, both clamped, (up + 1) * gate * sigmoid(1.702 gate).
    private double[] GptOss(string prefix, double[] x)
    {
        var logits = Math.Linear(x, $"{prefix}.router");
        var chosen = Best(logits);
        var shares = Softmax([.. chosen.Select(expert => logits[expert])]);
        return Sum(chosen.Select((expert, i) => (shares[i], Expert(expert))));

        double[] Expert(int expert)
        {
            var (ffn, hidden) = (MoeShape.ExpertFfn, MoeShape.Hidden);
            var gateUp = Stacked($"{prefix}.experts.gate_up_proj", expert, x, 2 * ffn);
            var gated = new double[ffn];
            for (var j = 0; j < ffn; j++)
            {
                var gate = System.Math.Min(gateUp[2 * j], 7);
                var up = System.Math.Clamp(gateUp[(2 * j) + 1], -7, 7);
                gated[j] = (up + 1) * gate / (1 + System.Math.Exp(-1.702 * gate));
            }
            return Stacked($"{prefix}.experts.down_proj", expert, gated, hidden);
        }
    }

    // x W of one expert, where the weight is [experts, inputs, outputs].
    private double[] Stacked(string name, int expert, double[] x, int outputs)
    {
        var (weight, bias) = (Weights[name], Weights[$"{name}_bias"]);
        var y = new double[outputs];
        for (var output = 0; output < outputs; output++)
        {
            y[output] = bias[(expert * outputs) + output];
            for (var k = 0; k < x.Length; k++)
                y[output] += x[k] * weight[(((expert * x.Length) + k) * outputs) + output];
        }
        return y;
    }

    private static int[] Best(double[] scores) =>
        [.. Enumerable.Range(0, scores.Length).OrderByDescending(expert => scores[expert]).Take(MoeShape.ChosenCount)];

    private static double[] Sum(IEnumerable<(double Share, double[] Y)> parts) =>
        parts.Select(part => part.Y.Select(value => value * part.Share).ToArray()).Aggregate(Add);
}
