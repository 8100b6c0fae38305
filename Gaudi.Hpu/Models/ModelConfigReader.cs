using System.Collections.Immutable;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Models;

/// <summary>config.json to <see cref="ModelConfig"/>.</summary>
/// <remarks>Defaults: huggingface/transformers, configuration_{llama,qwen2,qwen3}.py (commit 008e574, read 2026-11).</remarks>
internal static class ModelConfigReader
{
    private const string Llama = "LlamaForCausalLM";
    private const string Qwen2 = "Qwen2ForCausalLM";
    private const string Qwen3 = "Qwen3ForCausalLM";
    private const string WindowedType = "sliding_attention";
    private const string FullType = "full_attention";

    public static ModelConfig Read(string modelFolder)
    {
        if (!Directory.Exists(modelFolder))
        {
            throw new CheckpointException(
                $"expected a model folder at '{modelFolder}', there is none; give a folder with config.json and safetensors");
        }
        var fields = JsonFields.Open(Path.Combine(modelFolder, "config.json"));
        var generationPath = Path.Combine(modelFolder, "generation_config.json");
        var generation = File.Exists(generationPath) ? JsonFields.Open(generationPath) : null;
        var config = Read(fields, generation);
        fields.ThrowIfProblems(generation);
        return config;
    }

    private static ModelConfig Read(JsonFields fields, JsonFields? generation)
    {
        var architecture = Architecture(fields);
        var isLlama = architecture == Llama;
        var hiddenSize = fields.RequiredCount("hidden_size");
        var headCount = fields.RequiredCount("num_attention_heads");
        var layerCount = fields.RequiredCount("num_hidden_layers");
        var window = SlidingWindow(fields, isLlama);
        var rope = fields.Object("rope_parameters");
        var config = new ModelConfig(
            architecture,
            fields.Text("model_type") ?? "",
            hiddenSize,
            fields.RequiredCount("intermediate_size"),
            layerCount,
            headCount,
            KvHeadCount(fields, headCount, isLlama),
            HeadDim(fields, architecture, hiddenSize, headCount),
            fields.RequiredCount("vocab_size"),
            fields.Count("max_position_embeddings") ?? (isLlama ? 2048 : 32768),
            fields.PositiveNumber("rms_norm_eps") ?? 1e-6,
            rope?.PositiveNumber("rope_theta") ?? fields.PositiveNumber("rope_theta") ?? 10000,
            Scaling(rope ?? fields.Object("rope_scaling")),
            fields.Flag("tie_word_embeddings") ?? false,
            AttentionBias: architecture == Qwen2 || (fields.Flag("attention_bias") ?? false),
            AttentionOutputBias: architecture != Qwen2 && (fields.Flag("attention_bias") ?? false),
            MlpBias: isLlama && (fields.Flag("mlp_bias") ?? false),
            HasQkNorm: architecture == Qwen3,
            window,
            window is null ? [] : WindowedLayers(fields, layerCount),
            Dtype(fields),
            QuantizationMethod(fields),
            TokenIds("bos_token_id", fields, generation, isLlama ? 1 : null),
            TokenIds("eos_token_id", fields, generation, isLlama ? 2 : null));
        CheckActivation(fields);
        return config;
    }

    private static string Architecture(JsonFields fields)
    {
        var supported = string.Join(", ", ModelConfig.SupportedArchitectures);
        var named = fields.Texts("architectures");
        if (named is null)
        {
            fields.Problem("architectures", $"a list with one of {supported}", "nothing");
            return Llama;
        }
        foreach (var architecture in named.Value)
        {
            if (ModelConfig.SupportedArchitectures.Contains(architecture))
                return architecture;
        }
        fields.Problem("architectures", $"one of {supported}", string.Join(", ", named.Value.Select(name => $"'{name}'")));
        return Llama;
    }

    private static int KvHeadCount(JsonFields fields, int headCount, bool isLlama)
    {
        const string name = "num_key_value_heads";
        var whenAbsent = isLlama || fields.IsNull(name) ? headCount : 32;
        var count = fields.Count(name) ?? whenAbsent;
        if (headCount % count != 0)
            fields.Problem(name, $"a divisor of num_attention_heads ({headCount})", $"{count}");
        return count;
    }

    private static int HeadDim(JsonFields fields, string architecture, int hiddenSize, int headCount)
    {
        const string name = "head_dim";
        var said = fields.Count(name) ?? (architecture == Qwen3 && !fields.IsNull(name) ? 128 : null);
        if (said is null && hiddenSize % headCount != 0)
        {
            fields.Problem(
                "hidden_size", $"a multiple of num_attention_heads ({headCount}), as head_dim is not given", $"{hiddenSize}");
        }
        var headDim = said ?? Math.Max(1, hiddenSize / headCount);
        if (headDim % 2 != 0)
            fields.Problem(name, "an even number (rotary pairs)", $"{headDim}");
        return headDim;
    }

    private static RopeScaling? Scaling(JsonFields? fields)
    {
        var type = fields?.Text("rope_type") ?? fields?.Text("type");
        if (fields is null || type is "default")
            return null;
        if (type is null)
        {
            fields.Problem("rope_type", "text such as 'linear', 'llama3' or 'yarn'", "nothing");
            return null;
        }
        return new RopeScaling(
            type,
            fields.PositiveNumber("factor"),
            fields.Count("original_max_position_embeddings"),
            fields.PositiveNumber("low_freq_factor"),
            fields.PositiveNumber("high_freq_factor"),
            fields.PositiveNumber("attention_factor"),
            fields.PositiveNumber("beta_fast"),
            fields.PositiveNumber("beta_slow"));
    }

    private static int? SlidingWindow(JsonFields fields, bool isLlama)
    {
        var isUsed = !isLlama && (fields.Flag("use_sliding_window") ?? false);
        return isUsed ? fields.Count("sliding_window") ?? 4096 : null;
    }

    // `layer_types` names each layer; without it the layers from `max_window_layers` on are windowed.
    private static ImmutableArray<bool> WindowedLayers(JsonFields fields, int layerCount)
    {
        const string name = "layer_types";
        if (fields.Texts(name) is not { } types)
        {
            var first = fields.CountOrZero("max_window_layers") ?? 28;
            return [.. Enumerable.Range(0, layerCount).Select(layer => layer >= first)];
        }
        var strange = types.FirstOrDefault(type => type is not (WindowedType or FullType));
        if (types.Length != layerCount)
            fields.Problem(name, $"one type for each of {layerCount} layers", $"{types.Length}");
        else if (strange is not null)
            fields.Problem(name, $"'{FullType}' or '{WindowedType}' for each layer", $"'{strange}'");
        return [.. Enumerable.Range(0, layerCount).Select(layer => types.ElementAtOrDefault(layer) == WindowedType)];
    }

    private static ScalarType? Dtype(JsonFields fields)
    {
        var field = fields.Text("dtype") is null ? "torch_dtype" : "dtype";
        var name = fields.Text(field);
        switch (name)
        {
            case null: return null;
            case "float32" or "torch.float32": return ScalarType.Float32;
            case "bfloat16" or "torch.bfloat16": return ScalarType.BFloat16;
            case "float16" or "torch.float16": return ScalarType.Float16;
            default:
                fields.Problem(field, "float32, bfloat16 or float16", $"'{name}'");
                return null;
        }
    }

    private static string? QuantizationMethod(JsonFields fields) =>
        fields.Object("quantization_config") is { } quantization ? quantization.Text("quant_method") ?? "unnamed" : null;

    private static ImmutableArray<int> TokenIds(
        string name, JsonFields fields, JsonFields? generation, int? whenAbsent)
    {
        var ids = fields.TokenIds(name) ?? (whenAbsent is { } id && !fields.IsNull(name) ? [id] : []);
        return [.. ids.Concat(generation?.TokenIds(name) ?? []).Distinct()];
    }

    private static void CheckActivation(JsonFields fields)
    {
        if (fields.Text("hidden_act") is { } activation and not "silu")
            fields.Problem("hidden_act", "silu, the only activation these architectures are built with", $"'{activation}'");
    }
}
