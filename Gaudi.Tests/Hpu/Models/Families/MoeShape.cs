using System.Text.Json.Nodes;

namespace Gaudi.Tests.Hpu.Models.Families;

/// <summary>A tiny mixture of experts in Hugging Face's names.</summary>
internal sealed record MoeShape(string Architecture)
{
    public const int Hidden = 48;
    public const int Ffn = 64;
    public const int ExpertFfn = 40;
    public const int SharedFfn = 56;
    public const int LayerCount = 3;
    public const int Heads = 4;
    public const int KvHeads = 4;
    public const int HeadDim = 12;
    public const int Vocabulary = 101;
    public const int Experts = 8;
    public const int ChosenCount = 3;
    public const int WindowTokens = 9;
    public const double Epsilon = 1e-5;

    public bool Renormalises { get; init; }

    public bool IsGptOss => Architecture == "GptOssForCausalLM";

    private bool IsMixtral => Architecture == "MixtralForCausalLM";

    private bool IsQwen2 => Architecture == "Qwen2MoeForCausalLM";

    /// <summary>Of Qwen's the middle layer is dense.</summary>
    public bool IsSparse(int layer) => IsMixtral || IsGptOss || layer != 1;

    /// <summary>gpt-oss: every other layer from the first on is windowed.</summary>
    public int WindowOf(int layer) => IsGptOss && layer % 2 == 0 ? WindowTokens : int.MaxValue;

    /// <summary>What rotated values are multiplied by: YaRN's 0.1 ln(factor) + 1.</summary>
    public double RotaryFactor => IsGptOss ? (0.1 * Math.Log(8)) + 1 : 1;

    /// <summary>Plain, or YaRN with factor 8, betas 32 and 1, original length 64, bounds not truncated.</summary>
    public double[] Frequencies()
    {
        var plain = DoubleMath.Frequencies(10_000, HeadDim);
        if (!IsGptOss)
            return plain;
        double Bound(double turns) => HeadDim * Math.Log(64 / (turns * 2 * Math.PI)) / (2 * Math.Log(10_000));
        var (low, high) = (Math.Max(Bound(32), 0), Math.Min(Bound(1), HeadDim - 1));
        return
        [
            .. plain.Select((frequency, i) =>
            {
                var stretched = Math.Clamp((i - low) / (high - low), 0, 1);
                return (frequency / 8 * stretched) + (frequency * (1 - stretched));
            }),
        ];
    }

    public JsonObject Config()
    {
        var config = new JsonObject
        {
            ["architectures"] = new JsonArray(Architecture),
            ["hidden_size"] = Hidden,
            ["intermediate_size"] = IsMixtral || IsGptOss ? ExpertFfn : Ffn,
            ["num_hidden_layers"] = LayerCount,
            ["num_attention_heads"] = Heads,
            ["num_key_value_heads"] = KvHeads,
            ["head_dim"] = HeadDim,
            ["vocab_size"] = Vocabulary,
            ["max_position_embeddings"] = 512,
            ["rms_norm_eps"] = Epsilon,
            ["rope_theta"] = 10_000.0,
            ["num_experts_per_tok"] = ChosenCount,
            ["hidden_act"] = "silu",
        };
        config[IsMixtral || IsGptOss ? "num_local_experts" : "num_experts"] = Experts;
        if (!IsMixtral && !IsGptOss)
        {
            config["moe_intermediate_size"] = ExpertFfn;
            config["norm_topk_prob"] = Renormalises;
            config["decoder_sparse_step"] = 1;
            config["mlp_only_layers"] = new JsonArray(1);
        }
        if (IsQwen2)
            config["shared_expert_intermediate_size"] = SharedFfn;
        if (IsGptOss)
        {
            config["attention_bias"] = true;
            config["sliding_window"] = WindowTokens;
            config["layer_types"] = new JsonArray("sliding_attention", "full_attention", "sliding_attention");
            config["swiglu_limit"] = 7.0;
            config["rope_scaling"] = new JsonObject
            {
                ["rope_type"] = "yarn", ["factor"] = 8.0, ["beta_fast"] = 32.0, ["beta_slow"] = 1.0, ["truncate"] = false,
                ["original_max_position_embeddings"] = 64,
            };
        }
        return config;
    }

    public IEnumerable<(string Name, int[] Shape)> Tensors() => DecoderTensors.All(
        Vocabulary, Hidden, LayerCount, (layer, prefix) => Attention($"{prefix}.self_attn").Concat(FeedForward(layer, prefix)));

    private IEnumerable<(string Name, int[] Shape)> Attention(string prefix)
    {
        foreach (var (name, heads) in new[] { ("q", Heads), ("k", KvHeads), ("v", KvHeads) })
        {
            yield return ($"{prefix}.{name}_proj.weight", [heads * HeadDim, Hidden]);
            if (IsQwen2 || IsGptOss)
                yield return ($"{prefix}.{name}_proj.bias", [heads * HeadDim]);
        }
        yield return ($"{prefix}.o_proj.weight", [Hidden, Heads * HeadDim]);
        if (IsGptOss)
        {
            yield return ($"{prefix}.o_proj.bias", [Hidden]);
            yield return ($"{prefix}.sinks", [Heads]);
        }
        if (Architecture == "Qwen3MoeForCausalLM")
        {
            yield return ($"{prefix}.q_norm.weight", [HeadDim]);
            yield return ($"{prefix}.k_norm.weight", [HeadDim]);
        }
    }

    private IEnumerable<(string Name, int[] Shape)> FeedForward(int layer, string prefix)
    {
        if (IsGptOss)
        {
            yield return ($"{prefix}.mlp.router.weight", [Experts, Hidden]);
            yield return ($"{prefix}.mlp.router.bias", [Experts]);
            yield return ($"{prefix}.mlp.experts.gate_up_proj", [Experts, Hidden, 2 * ExpertFfn]);
            yield return ($"{prefix}.mlp.experts.gate_up_proj_bias", [Experts, 2 * ExpertFfn]);
            yield return ($"{prefix}.mlp.experts.down_proj", [Experts, ExpertFfn, Hidden]);
            yield return ($"{prefix}.mlp.experts.down_proj_bias", [Experts, Hidden]);
            yield break;
        }
        if (!IsSparse(layer))
        {
            foreach (var tensor in DecoderTensors.Mlp($"{prefix}.mlp", Hidden, Ffn))
                yield return tensor;
            yield break;
        }
        var block = IsMixtral ? $"{prefix}.block_sparse_moe" : $"{prefix}.mlp";
        yield return ($"{block}.gate.weight", [Experts, Hidden]);
        for (var expert = 0; expert < Experts; expert++)
        {
            var name = $"{block}.experts.{expert}";
            foreach (var tensor in IsMixtral
                ? DecoderTensors.Mlp(name, Hidden, ExpertFfn, "w1", "w3", "w2")
                : DecoderTensors.Mlp(name, Hidden, ExpertFfn))
                yield return tensor;
        }
        if (!IsQwen2)
            yield break;
        foreach (var tensor in DecoderTensors.Mlp($"{block}.shared_expert", Hidden, SharedFfn))
            yield return tensor;
        yield return ($"{block}.shared_expert_gate.weight", [1, Hidden]);
    }
}
