using System.Text.Json.Nodes;
using Gaudi.Tests.Hpu.Models.Families;

namespace Gaudi.Tests.Hpu.Quantization;

/// <summary>A tiny Qwen3MoeForCausalLM whose every layer splits into groups of 32 inputs over four ranks.</summary>
internal sealed record QuantizedMoeShape
{
    private const int Hidden = 128;
    private const int ExpertFfn = 128;
    private const int LayerCount = 2;
    private const int Heads = 4;
    private const int HeadDim = 32;
    private const int Vocabulary = 101;
    private const int Experts = 6;

    public JsonObject Config() => new()
    {
        ["architectures"] = new JsonArray("Qwen3MoeForCausalLM"),
        ["hidden_size"] = Hidden,
        ["intermediate_size"] = ExpertFfn,
        ["num_hidden_layers"] = LayerCount,
        ["num_attention_heads"] = Heads,
        ["num_key_value_heads"] = Heads,
        ["head_dim"] = HeadDim,
        ["vocab_size"] = Vocabulary,
        ["max_position_embeddings"] = 512,
        ["rms_norm_eps"] = 1e-5,
        ["rope_theta"] = 10_000.0,
        ["hidden_act"] = "silu",
        ["num_experts"] = Experts,
        ["num_experts_per_tok"] = 2,
        ["moe_intermediate_size"] = ExpertFfn,
        ["norm_topk_prob"] = true,
        ["decoder_sparse_step"] = 1,
        ["mlp_only_layers"] = new JsonArray(),
    };

    public IEnumerable<(string Name, int[] Shape)> Tensors() => DecoderTensors.All(Vocabulary, Hidden, LayerCount, (_, prefix) =>
    [
        .. new[] { "q", "k", "v" }.Select(name => ($"{prefix}.self_attn.{name}_proj.weight", new[] { Heads * HeadDim, Hidden })),
        ($"{prefix}.self_attn.o_proj.weight", [Hidden, Heads * HeadDim]),
        ($"{prefix}.self_attn.q_norm.weight", [HeadDim]),
        ($"{prefix}.self_attn.k_norm.weight", [HeadDim]),
        ($"{prefix}.mlp.gate.weight", [Experts, Hidden]),
        .. Enumerable.Range(0, Experts).SelectMany(
            expert => DecoderTensors.Mlp($"{prefix}.mlp.experts.{expert}", Hidden, ExpertFfn)),
    ]);
}
