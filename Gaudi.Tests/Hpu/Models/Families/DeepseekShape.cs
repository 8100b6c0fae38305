using System.Text.Json.Nodes;

namespace Gaudi.Tests.Hpu.Models.Families;

/// <summary>A tiny DeepSeek V2 or V3 in Hugging Face's names: latent attention, one dense layer, then mixtures.</summary>
internal sealed record DeepseekShape(string Architecture, bool HasQueryRank)
{
    public const int Hidden = 48;
    public const int Ffn = 64;
    public const int ExpertFfn = 40;
    public const int LayerCount = 3;
    public const int Heads = 4;
    public const int NopeDim = 12;
    public const int RopeDim = 8;
    public const int ValueDim = 10;
    public const int KvRank = 24;
    public const int QueryRank = 20;
    public const int Vocabulary = 101;
    public const int Experts = 8;
    public const int ChosenCount = 3;
    public const int SharedCount = 2;
    public const int Groups = 4;
    public const int ChosenGroups = 2;
    public const double Epsilon = 1e-6;
    public const double ScalingFactor = 2.5;

    public bool IsThird => Architecture == "DeepseekV3ForCausalLM";

    /// <summary>YaRN with factor 8, mscale 1.3 and <see cref="AllDimensions"/>; else plain.</summary>
    public bool HasYarn { get; init; }

    /// <summary>`mscale_all_dim`; null where the file has none, which means 0.</summary>
    public double? AllDimensions { get; init; } = 0.7;

    public JsonObject Config()
    {
        var config = new JsonObject
        {
            ["architectures"] = new JsonArray(Architecture),
            ["hidden_size"] = Hidden,
            ["intermediate_size"] = Ffn,
            ["moe_intermediate_size"] = ExpertFfn,
            ["num_hidden_layers"] = LayerCount,
            ["num_attention_heads"] = Heads,
            ["num_key_value_heads"] = Heads,
            ["vocab_size"] = Vocabulary,
            ["max_position_embeddings"] = 512,
            ["rms_norm_eps"] = Epsilon,
            ["rope_theta"] = 10_000.0,
            ["hidden_act"] = "silu",
            ["q_lora_rank"] = HasQueryRank ? QueryRank : null,
            ["kv_lora_rank"] = KvRank,
            ["qk_nope_head_dim"] = NopeDim,
            ["qk_rope_head_dim"] = RopeDim,
            ["v_head_dim"] = ValueDim,
            ["n_routed_experts"] = Experts,
            ["n_shared_experts"] = SharedCount,
            ["num_experts_per_tok"] = ChosenCount,
            ["first_k_dense_replace"] = 1,
            ["moe_layer_freq"] = 1,
            ["n_group"] = Groups,
            ["topk_group"] = ChosenGroups,
            ["topk_method"] = IsThird ? "noaux_tc" : "group_limited_greedy",
            ["scoring_func"] = IsThird ? "sigmoid" : "softmax",
            ["norm_topk_prob"] = IsThird,
            ["routed_scaling_factor"] = ScalingFactor,
        };
        if (HasYarn)
            config["rope_scaling"] = new JsonObject
            {
                ["type"] = "yarn", ["factor"] = 8.0, ["beta_fast"] = 32, ["beta_slow"] = 1, ["mscale"] = 1.3,
                ["mscale_all_dim"] = AllDimensions, ["original_max_position_embeddings"] = 64,
            };
        return config;
    }

    public IEnumerable<(string Name, int[] Shape)> Tensors() => DecoderTensors.All(
        Vocabulary, Hidden, LayerCount,
        (layer, prefix) => Attention($"{prefix}.self_attn").Concat(FeedForward(layer, $"{prefix}.mlp")));

    private IEnumerable<(string Name, int[] Shape)> Attention(string prefix)
    {
        if (HasQueryRank)
        {
            yield return ($"{prefix}.q_a_proj.weight", [QueryRank, Hidden]);
            yield return ($"{prefix}.q_a_layernorm.weight", [QueryRank]);
            yield return ($"{prefix}.q_b_proj.weight", [Heads * (NopeDim + RopeDim), QueryRank]);
        }
        else
            yield return ($"{prefix}.q_proj.weight", [Heads * (NopeDim + RopeDim), Hidden]);
        yield return ($"{prefix}.kv_a_proj_with_mqa.weight", [KvRank + RopeDim, Hidden]);
        yield return ($"{prefix}.kv_a_layernorm.weight", [KvRank]);
        yield return ($"{prefix}.kv_b_proj.weight", [Heads * (NopeDim + ValueDim), KvRank]);
        yield return ($"{prefix}.o_proj.weight", [Hidden, Heads * ValueDim]);
    }

    private IEnumerable<(string Name, int[] Shape)> FeedForward(int layer, string prefix)
    {
        if (layer == 0)
        {
            foreach (var tensor in Mlp(prefix, Ffn))
                yield return tensor;
            yield break;
        }
        yield return ($"{prefix}.gate.weight", [Experts, Hidden]);
        if (IsThird)
            yield return ($"{prefix}.gate.e_score_correction_bias", [Experts]);
        for (var expert = 0; expert < Experts; expert++)
        {
            foreach (var tensor in Mlp($"{prefix}.experts.{expert}", ExpertFfn))
                yield return tensor;
        }
        foreach (var tensor in Mlp($"{prefix}.shared_experts", ExpertFfn * SharedCount))
            yield return tensor;
    }

    private static IEnumerable<(string Name, int[] Shape)> Mlp(string prefix, int ffn) => DecoderTensors.Mlp(prefix, Hidden, ffn);
}
