using System.Text.Json.Nodes;

namespace Gaudi.Tests.Hpu.Models.Families;

/// <summary>A tiny Phi3ForCausalLM in Hugging Face's names.</summary>
/// <param name="OriginalPositions">The first context length; 512 positions are served.</param>
internal sealed record Phi3Shape(int OriginalPositions)
{
    /// <summary>`short_mscale` and `long_mscale`; null where the file has none.</summary>
    public (double Short, double Long)? ValueFactors { get; init; }

    public const int Vocabulary = 101;
    public const int LayerCount = 2;
    public const int Hidden = 48;
    public const int Heads = 4;
    public const int HeadDim = 12;
    public const int Ffn = 64;
    public const int RotaryDim = 8; // of 12: partial_rotary_factor 0.67 gives 8
    public const double Epsilon = 1e-5;

    public static readonly double[] Short = [1, 1.1, 1.2, 1.3];
    public static readonly double[] Long = [2, 3, 4, 5];

    public JsonObject Config() => new()
    {
        ["architectures"] = new JsonArray("Phi3ForCausalLM"),
        ["hidden_size"] = Hidden,
        ["intermediate_size"] = Ffn,
        ["num_hidden_layers"] = LayerCount,
        ["num_attention_heads"] = Heads,
        ["num_key_value_heads"] = Heads,
        ["vocab_size"] = Vocabulary,
        ["max_position_embeddings"] = 512,
        ["original_max_position_embeddings"] = OriginalPositions,
        ["partial_rotary_factor"] = 0.67,
        ["rms_norm_eps"] = Epsilon,
        ["hidden_act"] = "silu",
        ["rope_scaling"] = new JsonObject
        {
            ["type"] = "longrope",
            ["factor"] = 9.0, // Says nothing: the two context lengths do.
            ["short_mscale"] = ValueFactors?.Short,
            ["long_mscale"] = ValueFactors?.Long,
            ["short_factor"] = new JsonArray([.. Short.Select(factor => JsonValue.Create(factor))]),
            ["long_factor"] = new JsonArray([.. Long.Select(factor => JsonValue.Create(factor))]),
        },
    };

    public IEnumerable<(string Name, int[] Shape)> Tensors() => DecoderTensors.All(Vocabulary, Hidden, LayerCount, (_, prefix) =>
    [
        ($"{prefix}.self_attn.qkv_proj.weight", [3 * Hidden, Hidden]),
        ($"{prefix}.self_attn.o_proj.weight", [Hidden, Hidden]),
        ($"{prefix}.mlp.gate_up_proj.weight", [2 * Ffn, Hidden]),
        ($"{prefix}.mlp.down_proj.weight", [Hidden, Ffn]),
    ]);
}
