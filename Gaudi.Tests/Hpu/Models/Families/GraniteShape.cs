using System.Text.Json.Nodes;
using static Gaudi.Tests.Hpu.Models.Families.DoubleMath;

namespace Gaudi.Tests.Hpu.Models.Families;

/// <summary>A tiny GraniteMoeHybridForCausalLM in Hugging Face's names: two Mamba layers around one that attends.</summary>
/// <param name="Experts">0 has the shared feed-forward part alone.</param>
/// <param name="HasRotary">Whether attention rotates; Granite 4's does not.</param>
internal sealed record GraniteShape(int Experts, bool HasRotary)
{
    public const int Vocabulary = 101;
    private const int Hidden = 32;
    private const int Heads = 4;
    private const int HeadDim = 8;
    private const int ExpertFfn = 24;
    private const int SharedFfn = 40;
    private const int ChosenCount = 2;
    private const double Epsilon = 1e-5;
    private const double EmbeddingMultiplier = 3;
    private const double ResidualMultiplier = 0.4;
    private const double AttentionMultiplier = 0.2;
    private const double LogitsScaling = 2;

    private static readonly string[] Layers = ["mamba", "attention", "mamba"];

    private static readonly MambaSizes Mixer =
        new(Hidden, Heads: 8, HeadDim: 8, Groups: 1, StateSize: 12, ConvWidth: 4, Epsilon);

    public JsonObject Config() => new()
    {
        ["architectures"] = new JsonArray("GraniteMoeHybridForCausalLM"),
        ["model_type"] = "granitemoehybrid",
        ["hidden_size"] = Hidden,
        ["intermediate_size"] = ExpertFfn,
        ["shared_intermediate_size"] = SharedFfn,
        ["num_hidden_layers"] = Layers.Length,
        ["layer_types"] = new JsonArray([.. Layers.Select(type => JsonValue.Create(type))]),
        ["num_attention_heads"] = Heads,
        ["num_key_value_heads"] = Heads,
        ["num_local_experts"] = Experts,
        ["num_experts_per_tok"] = Experts == 0 ? 0 : ChosenCount,
        ["position_embedding_type"] = HasRotary ? "rope" : "nope",
        ["embedding_multiplier"] = EmbeddingMultiplier,
        ["residual_multiplier"] = ResidualMultiplier,
        ["attention_multiplier"] = AttentionMultiplier,
        ["logits_scaling"] = LogitsScaling,
        ["mamba_n_heads"] = Mixer.Heads,
        ["mamba_d_head"] = Mixer.HeadDim,
        ["mamba_n_groups"] = Mixer.Groups,
        ["mamba_d_state"] = Mixer.StateSize,
        ["mamba_d_conv"] = Mixer.ConvWidth,
        ["mamba_expand"] = 2,
        ["mamba_chunk_size"] = 16,
        ["mamba_conv_bias"] = true,
        ["mamba_proj_bias"] = false,
        ["rms_norm_eps"] = Epsilon,
        ["vocab_size"] = Vocabulary,
        ["max_position_embeddings"] = 512,
        ["hidden_act"] = "silu",
        ["tie_word_embeddings"] = true,
    };

    public IEnumerable<(string Name, int[] Shape)> Tensors() =>
        DecoderTensors.All(Vocabulary, Hidden, Layers.Length, Layer, hasHead: false);

    private IEnumerable<(string Name, int[] Shape)> Layer(int layer, string prefix)
    {
        IEnumerable<(string, int[])> mixer = Layers[layer] == "mamba"
            ? Mixer.Tensors($"{prefix}.mamba")
            : new[] { "q", "k", "v", "o" }.Select(name => ($"{prefix}.self_attn.{name}_proj.weight", new[] { Hidden, Hidden }));
        foreach (var tensor in mixer)
            yield return tensor;
        if (Experts > 0)
        {
            yield return ($"{prefix}.block_sparse_moe.input_linear.weight", [Experts, 2 * ExpertFfn, Hidden]);
            yield return ($"{prefix}.block_sparse_moe.output_linear.weight", [Experts, Hidden, ExpertFfn]);
            yield return ($"{prefix}.block_sparse_moe.router.layer.weight", [Experts, Hidden]);
        }
        yield return ($"{prefix}.shared_mlp.input_linear.weight", [2 * SharedFfn, Hidden]);
        yield return ($"{prefix}.shared_mlp.output_linear.weight", [Hidden, SharedFfn]);
    }

    /// <summary>Log probabilities in plain double arithmetic: [positions][vocabulary].</summary>
    public double[][] LogProbabilities(IReadOnlyDictionary<string, float[]> weights, IReadOnlyList<int> tokens)
    {
        var (math, mamba) = (new DoubleMath(weights), new DoubleMamba(Mixer, weights));
        double[] Scaled(double[] row, double factor) => [.. row.Select(value => value * factor)];

        var x = tokens.Select(token => Scaled(math.Row("model.embed_tokens.weight", token, Hidden), EmbeddingMultiplier)).ToArray();
        foreach (var (layer, type) in Layers.Index())
        {
            var prefix = $"model.layers.{layer}";
            double[][] normed = [.. x.Select(row => math.RmsNorm(row, $"{prefix}.input_layernorm", Epsilon))];
            var mixed = type == "mamba" ? mamba.Mix($"{prefix}.mamba", normed) : Attend(math, $"{prefix}.self_attn", normed);
            x = [.. x.Zip(mixed, (row, addition) => Add(row, Scaled(addition, ResidualMultiplier)))];
            x = [.. x.Select(row => Add(row, Scaled(
                FeedForward(math, weights, prefix, math.RmsNorm(row, $"{prefix}.post_attention_layernorm", Epsilon)),
                ResidualMultiplier)))];
        }
        return [.. x.Select(row => LogSoftmax(Scaled(
            math.Linear(math.RmsNorm(row, "model.norm", Epsilon), "model.embed_tokens"), 1 / LogitsScaling)))];
    }

    private double[][] Attend(DoubleMath math, string prefix, double[][] x)
    {
        double[][][] Split(string name, bool turns) =>
        [
            .. x.Select((row, position) => math.Linear(row, $"{prefix}.{name}_proj").Chunk(HeadDim).Select(head =>
                turns && HasRotary ? RotateHalves(head, position, Frequencies(10_000, HeadDim)) : head).ToArray()),
        ];
        var (queries, keys, values) = (Split("q", true), Split("k", true), Split("v", false));
        return [.. x.Select((_, position) => math.Linear(
            [
                .. Enumerable.Range(0, Heads).SelectMany(head => DoubleMath.Attend(
                    queries[position][head], [.. keys[..(position + 1)].Select(at => at[head])],
                    [.. values[..(position + 1)].Select(at => at[head])], AttentionMultiplier)),
            ],
            $"{prefix}.o_proj"))];
    }

    private double[] FeedForward(DoubleMath math, IReadOnlyDictionary<string, float[]> weights, string prefix, double[] x)
    {
        var y = Gated(x, weights[$"{prefix}.shared_mlp.input_linear.weight"], weights[$"{prefix}.shared_mlp.output_linear.weight"], SharedFfn);
        if (Experts == 0)
            return y;
        var logits = math.Linear(x, $"{prefix}.block_sparse_moe.router.layer");
        int[] chosen = [.. Enumerable.Range(0, Experts).OrderByDescending(expert => logits[expert]).Take(ChosenCount)];
        var shares = Softmax([.. chosen.Select(expert => logits[expert])]);
        foreach (var (i, expert) in chosen.Index())
        {
            var (input, output) = (2 * ExpertFfn * Hidden, Hidden * ExpertFfn);
            var added = Gated(
                x, weights[$"{prefix}.block_sparse_moe.input_linear.weight"][(expert * input)..((expert + 1) * input)],
                weights[$"{prefix}.block_sparse_moe.output_linear.weight"][(expert * output)..((expert + 1) * output)], ExpertFfn);
            y = Add(y, [.. added.Select(value => value * shares[i])]);
        }
        return y;
    }

    // Rows of the first weight: gates, then what they act on.
    private static double[] Gated(double[] x, float[] input, float[] output, int ffn)
    {
        double Product(float[] weight, int row, double[] values) =>
            values.Select((value, k) => value * weight[(row * values.Length) + k]).Sum();

        double[] gated = [.. Enumerable.Range(0, ffn).Select(j => Silu(Product(input, j, x)) * Product(input, ffn + j, x))];
        return [.. Enumerable.Range(0, Hidden).Select(row => Product(output, row, gated))];
    }
}
