using System.Collections.Immutable;
using Gaudi.Hpu.Models.Vision;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Models;

/// <summary>config.json to <see cref="ModelConfig"/>.</summary>
/// <remarks>Defaults: huggingface/transformers, configuration_*.py (commit 008e574, read 2026-11).</remarks>
internal static class ModelConfigReader
{
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
        if (QuantizationReader.Read(modelFolder, fields) is { } quantization)
            config = config with { LinearScheme = quantization, QuantizationMethod = quantization.Method };
        fields.ThrowIfProblems(generation);
        return config.Vision is { } vision ? config with { Preprocessor = PreprocessorConfig.Read(modelFolder, vision) } : config;
    }

    private static ModelConfig Read(JsonFields fields, JsonFields? generation)
    {
        var family = Family(fields);
        var defaults = family.Defaults;
        var hiddenSize = fields.RequiredCount("hidden_size");
        var headCount = fields.RequiredCount(defaults.HeadCountField);
        var rope = family.RopeParameters(fields);
        var scaling = rope ?? fields.Object("rope_scaling");
        var hasBias = fields.Flag("attention_bias") ?? defaults.HasAttentionBias;
        var config = new ModelConfig(
            family.Architecture,
            fields.Text("model_type") ?? "",
            hiddenSize,
            defaults.IntermediateField is { } width ? fields.RequiredCount(width) : hiddenSize,
            fields.RequiredCount("num_hidden_layers"),
            headCount,
            KvHeadCount(fields, headCount, defaults),
            HeadDim(fields, hiddenSize, headCount, defaults),
            fields.RequiredCount("vocab_size"),
            fields.Count("max_position_embeddings") ?? defaults.MaxPositions,
            fields.PositiveNumber(defaults.EpsilonField) ?? defaults.RmsNormEps,
            rope?.PositiveNumber("rope_theta") ?? fields.PositiveNumber("rope_theta") ?? defaults.RopeTheta,
            RopeScalingReader.Read(scaling, fields),
            fields.Flag("tie_word_embeddings") ?? defaults.TiesWordEmbeddings,
            AttentionBias: hasBias,
            AttentionOutputBias: hasBias,
            MlpBias: false,
            HasQkNorm: false,
            SlidingWindow: null,
            WindowedLayers: [],
            Dtype(fields),
            QuantizationMethod(fields),
            TokenIds("bos_token_id", fields, generation, defaults.BosTokenId),
            TokenIds("eos_token_id", fields, generation, defaults.EosTokenId));
        config = config with
        {
            RotaryDim = RotaryDim(fields, rope, config.HeadDim),
            Quantization = fields.Object("quantization_config") is { } quantization ? ModelQuantization.Read(quantization) : null,
            HasFloat8Kv = KvCacheScheme.IsFloat8(fields),
        };
        CheckActivation(fields, defaults);
        return RopeScalingReader.Fit(family.Complete(config, fields), scaling, defaults.IncludesScaling);
    }

    private static ModelFamily Family(JsonFields fields)
    {
        var supported = string.Join(", ", ModelConfig.SupportedArchitectures);
        var named = fields.Texts("architectures");
        if (named is null)
            fields.Problem("architectures", $"a list with one of {supported}", "nothing");
        else if (named.Value.Select(ModelFamilies.Find).FirstOrDefault(family => family is not null) is { } family)
            return family;
        else
            fields.Problem("architectures", $"one of {supported}", string.Join(", ", named.Value.Select(name => $"'{name}'")));
        return ModelFamilies.Find("LlamaForCausalLM")!;
    }

    private static int KvHeadCount(JsonFields fields, int headCount, FamilyDefaults defaults)
    {
        const string name = "num_key_value_heads";
        var whenAbsent = fields.IsNull(name) ? headCount : defaults.KvHeadCount ?? headCount;
        var count = fields.Count(name) ?? whenAbsent;
        if (headCount % count != 0)
            fields.Problem(name, $"a divisor of {defaults.HeadCountField} ({headCount})", $"{count}");
        return count;
    }

    private static int HeadDim(JsonFields fields, int hiddenSize, int headCount, FamilyDefaults defaults)
    {
        const string name = "head_dim";
        var said = fields.Count(name) ?? (fields.IsNull(name) ? null : defaults.HeadDim);
        if (said is null && hiddenSize % headCount != 0)
        {
            fields.Problem(
                "hidden_size", $"a multiple of {defaults.HeadCountField} ({headCount}), as head_dim is not given", $"{hiddenSize}");
        }
        var headDim = said ?? Math.Max(1, hiddenSize / headCount);
        if (headDim % 2 != 0)
            fields.Problem(name, "an even number (rotary pairs)", $"{headDim}");
        return headDim;
    }

    private static int RotaryDim(JsonFields fields, JsonFields? rope, int headDim)
    {
        const string Name = "partial_rotary_factor";
        var part = rope?.PositiveNumber(Name) ?? fields.PositiveNumber(Name) ?? 1;
        var dim = (int)(headDim * Math.Min(part, 1));
        if (part > 1 || (part < 1 && (dim < 2 || dim % 2 != 0)))
            fields.Problem(Name, $"a part of {headDim} dimensions that is an even number", $"{part}");
        return dim;
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

    private static void CheckActivation(JsonFields fields, FamilyDefaults defaults)
    {
        var (field, activation) = defaults.ActivationFields.Select(name => (name, fields.Text(name)))
            .FirstOrDefault(one => one.Item2 is not null);
        if (activation is not null && !defaults.Activations.Contains(activation))
            fields.Problem(
                field, $"{string.Join(" or ", defaults.Activations)}, the only activation this architecture is built with",
                $"'{activation}'");
    }
}
