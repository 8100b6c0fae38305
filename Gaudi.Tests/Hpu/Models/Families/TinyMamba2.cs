using System.Text.Json.Nodes;

namespace Gaudi.Tests.Hpu.Models.Families;

/// <summary>A tiny Mamba2ForCausalLM in Hugging Face's names.</summary>
internal sealed record TinyMamba2(int Groups)
{
    public const int LayerCount = 3;
    public const int Vocabulary = 101;

    public MambaSizes Mixer => new(Hidden: 32, Heads: 8, HeadDim: 8, Groups, StateSize: 12, ConvWidth: 4, Epsilon: 1e-5);

    public JsonObject Config() => new()
    {
        ["architectures"] = new JsonArray("Mamba2ForCausalLM"),
        ["model_type"] = "mamba2",
        ["hidden_size"] = Mixer.Hidden,
        ["num_hidden_layers"] = LayerCount,
        ["num_heads"] = Mixer.Heads,
        ["head_dim"] = Mixer.HeadDim,
        ["n_groups"] = Groups,
        ["state_size"] = Mixer.StateSize,
        ["conv_kernel"] = Mixer.ConvWidth,
        ["expand"] = 2,
        ["chunk_size"] = 16,
        ["use_bias"] = false,
        ["use_conv_bias"] = true,
        ["layer_norm_epsilon"] = Mixer.Epsilon,
        ["vocab_size"] = Vocabulary,
        ["hidden_act"] = "silu",
        ["max_position_embeddings"] = 512, // Real files say nothing; the test's cache is small.
        ["tie_word_embeddings"] = false,
    };

    public IEnumerable<(string Name, int[] Shape)> Tensors()
    {
        yield return ("backbone.embeddings.weight", [Vocabulary, Mixer.Hidden]);
        for (var layer = 0; layer < LayerCount; layer++)
        {
            yield return ($"backbone.layers.{layer}.norm.weight", [Mixer.Hidden]);
            foreach (var tensor in Mixer.Tensors($"backbone.layers.{layer}.mixer"))
                yield return tensor;
        }
        yield return ("backbone.norm_f.weight", [Mixer.Hidden]);
        yield return ("lm_head.weight", [Vocabulary, Mixer.Hidden]);
    }

    /// <summary>Log probabilities in plain double arithmetic: [positions][vocabulary].</summary>
    public double[][] LogProbabilities(IReadOnlyDictionary<string, float[]> weights, IReadOnlyList<int> tokens)
    {
        var (math, mamba) = (new DoubleMath(weights), new DoubleMamba(Mixer, weights));
        var x = tokens.Select(token => math.Row("backbone.embeddings.weight", token, Mixer.Hidden)).ToArray();
        for (var layer = 0; layer < LayerCount; layer++)
        {
            var prefix = $"backbone.layers.{layer}";
            var mixed = mamba.Mix($"{prefix}.mixer", [.. x.Select(row => math.RmsNorm(row, $"{prefix}.norm", Mixer.Epsilon))]);
            x = [.. x.Zip(mixed, DoubleMath.Add)];
        }
        return [.. x.Select(row => DoubleMath.LogSoftmax(
            math.Linear(math.RmsNorm(row, "backbone.norm_f", Mixer.Epsilon), "lm_head")))];
    }
}
