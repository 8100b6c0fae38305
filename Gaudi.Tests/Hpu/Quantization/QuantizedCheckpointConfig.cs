using System.Text.Json.Nodes;

namespace Gaudi.Tests.Hpu.Quantization;

/// <summary>What config.json says of a <see cref="QuantizedCheckpoint"/>.</summary>
internal static class QuantizedCheckpointConfig
{
    /// <summary>`quantization_config` of a scheme.</summary>
    public static JsonObject Of(string scheme, int groupSize, bool hasOrder) => scheme switch
    {
        "gptq" => new JsonObject
        {
            ["quant_method"] = "gptq", ["bits"] = 4, ["group_size"] = groupSize, ["desc_act"] = hasOrder, ["sym"] = false,
        },
        "awq" => new JsonObject
        {
            ["quant_method"] = "awq", ["bits"] = 4, ["group_size"] = groupSize, ["zero_point"] = true, ["version"] = "gemm",
        },
        "int8" => Compressed("int-quantized", new JsonObject { ["num_bits"] = 8, ["type"] = "int", ["strategy"] = "channel" }),
        "fp8" => new JsonObject
        {
            ["quant_method"] = "fp8", ["fmt"] = "e4m3", ["activation_scheme"] = "dynamic",
            ["weight_block_size"] = new JsonArray(groupSize, groupSize),
        },
        "fp8-static" => new JsonObject { ["quant_method"] = "fp8", ["activation_scheme"] = "static" },
        "fp8-channel" => Compressed(
            "float-quantized", Floats("channel", isDynamic: false), Floats("token", isDynamic: true)),
        _ => Compressed("pack-quantized", new JsonObject
        {
            ["num_bits"] = 4, ["type"] = "int", ["strategy"] = "group", ["group_size"] = groupSize, ["symmetric"] = scheme == "wna16",
        }),
    };

    private static JsonObject Compressed(string format, JsonObject weights, JsonObject? activations = null) => new()
    {
        ["quant_method"] = "compressed-tensors", ["format"] = format, ["ignore"] = new JsonArray("lm_head", "re:.*mlp.gate$"),
        ["config_groups"] = new JsonObject
        {
            ["group_0"] = new JsonObject
            {
                ["targets"] = new JsonArray("Linear"), ["weights"] = weights, ["input_activations"] = activations,
            },
        },
    };

    private static JsonObject Floats(string strategy, bool isDynamic) => new()
    {
        ["num_bits"] = 8, ["type"] = "float", ["strategy"] = strategy, ["symmetric"] = true, ["dynamic"] = isDynamic,
    };
}
