using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Models;

/// <summary>The shape of a random model; small enough for a test, divisible over eight ranks.</summary>
internal sealed record RandomModelShape(string Architecture = "LlamaForCausalLM")
{
    public int Hidden { get; init; } = 64;

    public int Ffn { get; init; } = 96;

    public int Layers { get; init; } = 2;

    public int Heads { get; init; } = 8;

    public int KvHeads { get; init; } = 8;

    public int HeadDim { get; init; } = 8;

    public int Vocabulary { get; init; } = 101;

    public int MaxPositions { get; init; } = 512;

    public bool IsTied { get; init; }

    public bool HasBias { get; init; }

    public ScalarType Dtype { get; init; } = ScalarType.Float32;

    public int Seed { get; init; } = 1;

    /// <summary>Llama 3's rotary scaling, or null.</summary>
    public bool HasLlama3Scaling { get; init; }

    /// <summary>The other scaling: linear or dynamic, by 4; null for none.</summary>
    public string? Stretch { get; init; }

    /// <summary>Positions the last layer sees; null when every layer sees all.</summary>
    public int? WindowTokens { get; init; }

    public bool HasQkNorm => Architecture.StartsWith("Qwen3", StringComparison.Ordinal);

    public bool HasQkvBias => HasBias || Architecture.StartsWith("Qwen2", StringComparison.Ordinal);

    public Dictionary<string, object> Config()
    {
        var config = new Dictionary<string, object>
        {
            ["architectures"] = new[] { Architecture },
            ["hidden_size"] = Hidden,
            ["intermediate_size"] = Ffn,
            ["num_hidden_layers"] = Layers,
            ["num_attention_heads"] = Heads,
            ["num_key_value_heads"] = KvHeads,
            ["head_dim"] = HeadDim,
            ["vocab_size"] = Vocabulary,
            ["max_position_embeddings"] = MaxPositions,
            ["rms_norm_eps"] = 1e-5,
            ["rope_theta"] = 10000.0,
            ["tie_word_embeddings"] = IsTied,
            ["attention_bias"] = HasBias,
            ["mlp_bias"] = HasBias,
            ["hidden_act"] = "silu",
        };
        if (HasLlama3Scaling)
            config["rope_scaling"] = new Dictionary<string, object>
            {
                ["rope_type"] = "llama3",
                ["factor"] = 8.0,
                ["low_freq_factor"] = 1.0,
                ["high_freq_factor"] = 4.0,
                ["original_max_position_embeddings"] = 64,
            };
        if (Stretch is { } type)
            config["rope_scaling"] = new Dictionary<string, object> { ["rope_type"] = type, ["factor"] = 4.0 };
        if (WindowTokens is { } window)
        {
            config["use_sliding_window"] = true;
            config["sliding_window"] = window;
            config["max_window_layers"] = Layers - 1;
        }
        return config;
    }

    public IEnumerable<(string Name, int[] Size)> Tensors()
    {
        yield return ("model.embed_tokens.weight", [Vocabulary, Hidden]);
        for (var layer = 0; layer < Layers; layer++)
        {
            var prefix = $"model.layers.{layer}";
            yield return ($"{prefix}.input_layernorm.weight", [Hidden]);
            yield return ($"{prefix}.post_attention_layernorm.weight", [Hidden]);
            foreach (var (name, outputs) in new[] { ("q", Heads), ("k", KvHeads), ("v", KvHeads) })
            {
                yield return ($"{prefix}.self_attn.{name}_proj.weight", [outputs * HeadDim, Hidden]);
                if (HasQkvBias)
                    yield return ($"{prefix}.self_attn.{name}_proj.bias", [outputs * HeadDim]);
            }
            yield return ($"{prefix}.self_attn.o_proj.weight", [Hidden, Heads * HeadDim]);
            if (HasBias)
                yield return ($"{prefix}.self_attn.o_proj.bias", [Hidden]);
            if (HasQkNorm)
            {
                yield return ($"{prefix}.self_attn.q_norm.weight", [HeadDim]);
                yield return ($"{prefix}.self_attn.k_norm.weight", [HeadDim]);
            }
            var feedForward = new[] { ("gate", Ffn, Hidden), ("up", Ffn, Hidden), ("down", Hidden, Ffn) };
            foreach (var (name, outputs, inputs) in feedForward)
            {
                yield return ($"{prefix}.mlp.{name}_proj.weight", [outputs, inputs]);
                if (HasBias && Architecture == "LlamaForCausalLM")
                    yield return ($"{prefix}.mlp.{name}_proj.bias", [outputs]);
            }
        }
        yield return ("model.norm.weight", [Hidden]);
        if (!IsTied)
            yield return ("lm_head.weight", [Vocabulary, Hidden]);
    }
}
