using static Gaudi.Tests.Hpu.Models.Families.DoubleMath;

namespace Gaudi.Tests.Hpu.Models.Families;

/// <summary>
/// A pre-norm decoder in plain double arithmetic, from the papers and nothing of the code under test: the whole sequence at
/// once, no cache. Families fill in attention and the feed-forward part.
/// </summary>
internal abstract class DoubleDecoder(IReadOnlyDictionary<string, float[]> weights, int hidden, int layers, double epsilon)
{
    /// <summary>What a layer's inputs become before its product, by its name; null where they stay.</summary>
    public Func<string, double[], double[]>? Inputs { set => Math.Inputs = value; }

    protected DoubleMath Math { get; } = new(weights);

    protected IReadOnlyDictionary<string, float[]> Weights => weights;

    protected double Epsilon => epsilon;

    /// <summary>Log probabilities of the token after every position: [positions][vocabulary].</summary>
    public double[][] LogProbabilities(IReadOnlyList<int> tokens)
    {
        var x = tokens.Select((token, position) => Embed(position, token)).ToArray(); // [positions][hidden]
        for (var layer = 0; layer < layers; layer++)
        {
            var prefix = $"model.layers.{layer}";
            var attended = Attend(layer, [.. x.Select(row => Math.RmsNorm(row, $"{prefix}.input_layernorm", epsilon))]);
            x = [.. x.Zip(attended, Add)];
            x = [.. x.Select(row => Add(
                row, FeedForward(layer, Math.RmsNorm(row, $"{prefix}.post_attention_layernorm", epsilon))))];
        }
        return [.. x.Select(row => LogSoftmax(Math.Linear(Math.RmsNorm(row, "model.norm", epsilon), "lm_head")))];
    }

    /// <summary>[hidden] of a token.</summary>
    protected virtual double[] Embed(int position, int token) => Math.Row("model.embed_tokens.weight", token, hidden);

    /// <summary>[positions][hidden] of [positions][hidden].</summary>
    protected abstract double[][] Attend(int layer, double[][] x);

    /// <summary>[hidden] of [hidden].</summary>
    protected abstract double[] FeedForward(int layer, double[] x);

    /// <summary>down(silu(gate(x)) * up(x)).</summary>
    protected double[] GatedMlp(string prefix, double[] x, string gate = "gate_proj", string up = "up_proj", string down = "down_proj") =>
        Math.Linear(
            [.. Math.Linear(x, $"{prefix}.{gate}").Zip(Math.Linear(x, $"{prefix}.{up}"), (g, u) => Silu(g) * u)],
            $"{prefix}.{down}");
}
