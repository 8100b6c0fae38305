using System.Text.Json.Nodes;
using Gaudi.Tests.Training.Learning;
using Gaudi.Tests.Training.Network;

namespace Gaudi.Tests.Training.Export;

/// <summary>An adapter as PEFT lays it out: adapter_config.json and adapter_model.safetensors in one folder.</summary>
/// <remarks>Source: huggingface/peft, docs "Checkpoint format" (2024).</remarks>
public static class AdapterFolder
{
    private const string NameStart = "base_model.model.";
    private const string ConfigName = "adapter_config.json";
    private const string TensorsName = "adapter_model.safetensors";

    /// <summary>Writes both files.</summary>
    /// <param name="baseName">The model the adapter was trained on, by the name it is served under.</param>
    public static void Write(string folder, LoraAdapter adapter, string baseName)
    {
        Directory.CreateDirectory(folder);
        TensorFile.Write(
            Path.Combine(folder, TensorsName),
            adapter.Named.Select(named => KeyValuePair.Create(NameStart + named.Key, named.Value)));
        JsonText.Write(Path.Combine(folder, ConfigName), Config(adapter, baseName));
    }

    /// <summary>The adapter of a folder this trainer wrote; the caller owns it.</summary>
    /// <param name="weights">The model it was trained on.</param>
    /// <exception cref="ArgumentException">A tensor is missing, is one too many or has another size.</exception>
    public static LoraAdapter Read(string folder, LlamaWeights weights)
    {
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, ConfigName)))!;
        var tensors = TensorFile.Read(Path.Combine(folder, TensorsName))
            .ToDictionary(named => named.Key[NameStart.Length..], named => named.Value);
        return LoraAdapter.From(weights, config["r"]!.GetValue<int>(), config["lora_alpha"]!.GetValue<int>(), tensors);
    }

    private static JsonObject Config(LoraAdapter adapter, string baseName) => new()
    {
        ["alpha_pattern"] = new JsonObject(),
        ["auto_mapping"] = null,
        ["base_model_name_or_path"] = baseName,
        ["bias"] = "none",
        ["fan_in_fan_out"] = false,
        ["inference_mode"] = true,
        ["init_lora_weights"] = true,
        ["layer_replication"] = null,
        ["layers_pattern"] = null,
        ["layers_to_transform"] = null,
        ["loftq_config"] = new JsonObject(),
        ["lora_alpha"] = adapter.Alpha,
        ["lora_dropout"] = 0.0,
        ["megatron_config"] = null,
        ["megatron_core"] = "megatron.core",
        ["modules_to_save"] = null,
        ["peft_type"] = "LORA",
        ["r"] = adapter.Rank,
        ["rank_pattern"] = new JsonObject(),
        ["revision"] = null,
        ["target_modules"] = new JsonArray([.. LoraAdapter.Targets.Select(target => JsonValue.Create(target))]),
        ["task_type"] = "CAUSAL_LM",
        ["use_dora"] = false,
        ["use_rslora"] = false,
    };
}
