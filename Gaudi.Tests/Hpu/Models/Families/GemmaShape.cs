using System.Text.Json.Nodes;

namespace Gaudi.Tests.Hpu.Models.Families;

/// <summary>A tiny Gemma 2 or 3 in Hugging Face's names.</summary>
internal sealed record GemmaShape(string Architecture)
{
    public const int Hidden = 48;
    public const int Ffn = 96;
    public const int LayerCount = 4;
    public const int Heads = 4;
    public const int KvHeads = 4;
    public const int HeadDim = 12;
    public const int Vocabulary = 101;
    public const int WindowTokens = 9;

    public bool IsThird => Architecture == "Gemma3ForCausalLM";

    public double? AttentionCap => IsThird ? null : 3;

    public double? LogitCap => IsThird ? null : 5;

    /// <summary>Windowed: every other layer from the first on, or all but every third.</summary>
    public bool IsWindowed(int layer) => IsThird ? (layer + 1) % 3 != 0 : layer % 2 == 0;

    public JsonObject Config()
    {
        var config = new JsonObject
        {
            ["architectures"] = new JsonArray(Architecture),
            ["model_type"] = IsThird ? "gemma3_text" : "gemma2",
            ["hidden_size"] = Hidden,
            ["intermediate_size"] = Ffn,
            ["num_hidden_layers"] = LayerCount,
            ["num_attention_heads"] = Heads,
            ["num_key_value_heads"] = KvHeads,
            ["head_dim"] = HeadDim,
            ["vocab_size"] = Vocabulary,
            ["max_position_embeddings"] = 512,
            ["query_pre_attn_scalar"] = 20,
            ["sliding_window"] = WindowTokens,
            ["hidden_activation"] = "gelu_pytorch_tanh",
            ["attn_logit_softcapping"] = AttentionCap,
            ["final_logit_softcapping"] = LogitCap,
            ["rope_theta"] = IsThird ? 1_000_000.0 : 10_000.0,
        };
        if (IsThird)
        {
            config["sliding_window_pattern"] = 3;
            config["rope_local_base_freq"] = 10_000.0;
            config["rope_scaling"] = new JsonObject { ["rope_type"] = "linear", ["factor"] = 8.0 };
        }
        return config;
    }

    /// <summary>The tied embedding is small, so that the head does not simply repeat the last token; norms are near 0.</summary>
    public static double? Spread(string name) =>
        name.Contains("embed", StringComparison.Ordinal) || name.Contains("norm", StringComparison.Ordinal) ? 0.2 : null;

    public IEnumerable<(string Name, int[] Shape)> Tensors() =>
        DecoderTensors.All(Vocabulary, Hidden, LayerCount, (_, prefix) => Layer(prefix), hasHead: false);

    private IEnumerable<(string Name, int[] Shape)> Layer(string prefix)
    {
        yield return ($"{prefix}.pre_feedforward_layernorm.weight", [Hidden]);
        yield return ($"{prefix}.post_feedforward_layernorm.weight", [Hidden]);
        yield return ($"{prefix}.self_attn.q_proj.weight", [Heads * HeadDim, Hidden]);
        yield return ($"{prefix}.self_attn.k_proj.weight", [KvHeads * HeadDim, Hidden]);
        yield return ($"{prefix}.self_attn.v_proj.weight", [KvHeads * HeadDim, Hidden]);
        yield return ($"{prefix}.self_attn.o_proj.weight", [Hidden, Heads * HeadDim]);
        if (IsThird)
        {
            yield return ($"{prefix}.self_attn.q_norm.weight", [HeadDim]);
            yield return ($"{prefix}.self_attn.k_norm.weight", [HeadDim]);
        }
        foreach (var tensor in DecoderTensors.Mlp($"{prefix}.mlp", Hidden, Ffn))
            yield return tensor;
    }
}
