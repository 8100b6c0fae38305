using static Gaudi.Tests.Hpu.Models.Families.DoubleMath;
using static Gaudi.Tests.Hpu.Models.Families.GemmaShape;

namespace Gaudi.Tests.Hpu.Models.Families;

/// <summary>Gemma 2 and 3 in plain double arithmetic, from the papers: the whole sequence at once, no cache.</summary>
internal sealed class DoubleGemma(GemmaShape shape, IReadOnlyDictionary<string, float[]> weights)
{
    private const double Epsilon = 1e-6;

    private readonly DoubleMath _math = new(weights);

    /// <summary>Log probabilities of the token after every position: [positions][vocabulary].</summary>
    public double[][] LogProbabilities(IReadOnlyList<int> tokens)
    {
        var x = tokens.Select(token => _math.Row("model.embed_tokens.weight", token, Hidden)
            .Select(value => value * Math.Sqrt(Hidden)).ToArray()).ToArray(); // [positions][hidden]
        for (var layer = 0; layer < LayerCount; layer++)
        {
            var prefix = $"model.layers.{layer}";
            double[] Norm(double[] row, string name) => _math.RmsNorm(row, $"{prefix}.{name}_layernorm", Epsilon, offset: 1);

            var attended = Attend(layer, [.. x.Select(row => Norm(row, "input"))]);
            x = [.. x.Zip(attended, (row, addition) => Add(row, Norm(addition, "post_attention")))];
            x = [.. x.Select(row => Add(row, Norm(FeedForward(prefix, Norm(row, "pre_feedforward")), "post_feedforward")))];
        }
        return [.. x.Select(Head)];
    }

    private double[] Head(double[] row)
    {
        var logits = _math.Linear(_math.RmsNorm(row, "model.norm", Epsilon, offset: 1), "model.embed_tokens");
        return LogSoftmax([.. logits.Select(logit => shape.LogitCap is { } cap ? cap * Math.Tanh(logit / cap) : logit)]);
    }

    private double[][] Attend(int layer, double[][] x)
    {
        var prefix = $"model.layers.{layer}.self_attn";
        var isWindowed = shape.IsWindowed(layer);
        // Gemma 3: windowed layers have base 10,000; the others 1,000,000 and positions divided by 8.
        var frequencies = !shape.IsThird || isWindowed
            ? Frequencies(10_000, HeadDim)
            : [.. Frequencies(1_000_000, HeadDim).Select(frequency => frequency / 8)];
        double[][][] Heads(string name, bool turns) =>
        [
            .. x.Select((row, position) => _math.Linear(row, $"{prefix}.{name}_proj").Chunk(HeadDim).Select(head =>
            {
                var normed = turns && shape.IsThird ? _math.RmsNorm(head, $"{prefix}.{name}_norm", Epsilon, offset: 1) : head;
                return turns ? RotateHalves(normed, position, frequencies) : normed;
            }).ToArray()),
        ];
        var (queries, keys, values) = (Heads("q", true), Heads("k", true), Heads("v", false));
        return
        [
            .. x.Select((_, position) =>
            {
                var first = isWindowed ? Math.Max(0, position + 1 - WindowTokens) : 0;
                var seen = first..(position + 1);
                var all = Enumerable.Range(0, GemmaShape.Heads).SelectMany(head => DoubleMath.Attend(
                    queries[position][head], [.. keys[seen].Select(at => at[head])], [.. values[seen].Select(at => at[head])],
                    1 / Math.Sqrt(20), shape.AttentionCap));
                return _math.Linear([.. all], $"{prefix}.o_proj");
            }),
        ];
    }

    private double[] FeedForward(string prefix, double[] x)
    {
        var gate = _math.Linear(x, $"{prefix}.mlp.gate_proj");
        var up = _math.Linear(x, $"{prefix}.mlp.up_proj");
        return _math.Linear([.. gate.Zip(up, (g, u) => GeluTanh(g) * u)], $"{prefix}.mlp.down_proj");
    }
}
