using System.Collections.Immutable;
using Gaudi.Hpu.Quantization;

namespace Gaudi.Hpu.Models;

/// <summary>What a model folder says of how its weights are quantized.</summary>
/// <remarks>
/// Sources: huggingface/transformers, `quantization_config`; AutoGPTQ, AutoAWQ (files of their own); vllm-project/compressed-tensors.
/// </remarks>
internal static class QuantizationReader
{
    /// <summary>Reads `quantization_config`, or the file of its own that older tools write.</summary>
    /// <param name="modelFolder">Where config.json lies.</param>
    /// <param name="fields">Of config.json; what is wrong is noted there.</param>
    /// <returns>Null where there is neither, or where the method is not built.</returns>
    /// <exception cref="CheckpointException">The file of its own cannot be read, or is wrong.</exception>
    public static QuantizationConfig? Read(string modelFolder, JsonFields fields)
    {
        if (fields.Object("quantization_config") is { } own)
            return OfMethod(own.Text("quant_method"), own);
        foreach (var (file, method) in new[] { ("quantize_config.json", "gptq"), ("quant_config.json", "awq") })
        {
            var path = Path.Combine(modelFolder, file);
            if (!File.Exists(path))
                continue;
            var apart = JsonFields.Open(path);
            var config = OfMethod(apart.Text("quant_method") ?? method, apart);
            apart.ThrowIfProblems(null);
            return config;
        }
        return null;
    }

    private static QuantizationConfig? OfMethod(string? method, JsonFields fields) => method switch
    {
        "gptq" or "gptq_hpu" => Gptq(fields),
        "awq" or "awq_hpu" => Awq(fields),
        "compressed-tensors" => CompressedTensors(fields),
        "fp8" => Fp8(fields),
        _ => null,
    };

    private static GptqConfig Gptq(JsonFields fields)
    {
        const string Bits = "bits";
        var bits = fields.Count(Bits) ?? 4;
        if (bits is not (2 or 3 or 4 or 8))
            fields.Problem(Bits, "2, 3, 4 or 8", $"{bits}");
        else if (bits != 4)
            fields.Problem(Bits, "4, the only width that is built", $"{bits}");
        if (fields.Flag("lm_head") == true)
            fields.Problem("lm_head", "false: the head is kept plain", "true");
        const string Format = "checkpoint_format";
        var format = fields.Text(Format) ?? "gptq";
        if (format is not ("gptq" or "gptq_v2"))
            fields.Problem(Format, "gptq or gptq_v2", $"'{format}'");
        return new GptqConfig(
            GroupSize(fields, "group_size"), fields.Flag("desc_act") ?? false, format == "gptq_v2" ? 0 : 1);
    }

    private static AwqConfig Awq(JsonFields fields)
    {
        var bitsName = fields.IsGiven("w_bit") ? "w_bit" : "bits";
        var bits = fields.Count(bitsName) ?? 4;
        if (bits != 4)
            fields.Problem(bitsName, "4, the only width AWQ has here", $"{bits}");
        const string Version = "version";
        var version = fields.Text(Version) ?? "gemm";
        if (!version.Equals("gemm", StringComparison.OrdinalIgnoreCase))
            fields.Problem(Version, "gemm", $"'{version}'");
        return new AwqConfig(
            GroupSize(fields, fields.IsGiven("q_group_size") ? "q_group_size" : "group_size"),
            fields.Texts("modules_to_not_convert") ?? []);
    }

    private static Fp8Config Fp8(JsonFields fields)
    {
        if (fields.Text("fmt") is { } format and not "e4m3")
            fields.Problem("fmt", "e4m3, the only float8 that is built", $"'{format}'");
        const string Scheme = "activation_scheme";
        var activations = fields.Text(Scheme) ?? "dynamic";
        if (activations is not ("dynamic" or "static"))
            fields.Problem(Scheme, "dynamic or static", $"'{activations}'");
        return new Fp8Config(
            BlockSize(fields, "weight_block_size"), activations == "static",
            [.. fields.Texts("modules_to_not_convert") ?? [], .. fields.Texts("ignored_layers") ?? []]);
    }

    private static ImmutableArray<int> BlockSize(JsonFields fields, string name)
    {
        var size = fields.Counts(name) ?? [];
        if (size.Length is 0 or 2)
            return size;
        fields.Problem(name, "rows and columns of a block", $"[{string.Join(", ", size)}]");
        return [];
    }

    private static CompressedTensorsConfig CompressedTensors(JsonFields fields)
    {
        const string Groups = "config_groups";
        var format = fields.Text("format") ?? "none";
        var groups = fields.Objects(Groups);
        if (groups.IsEmpty)
            fields.Problem(Groups, "at least one group of layers", "none");
        return new CompressedTensorsConfig(
            [.. groups.Select(group => Compressed(group, format))], fields.Texts("ignore") ?? []);
    }

    // What is not built is a layer's problem, named where the layer is built: it may be on the ignore list.
    private static CompressedGroup Compressed(JsonFields group, string commonFormat)
    {
        var targets = group.Texts("targets") ?? ["Linear"];
        var format = group.Text("format") ?? commonFormat;
        if (group.Object("weights") is not { } weights)
            return new CompressedGroup(targets, CompressedScheme.Other, -1, true, $"{format} without weights");
        var (bits, type) = (weights.Count("num_bits") ?? 8, weights.Text("type") ?? "int");
        var strategy = weights.Text("strategy") ?? (weights.IsGiven("group_size") ? "group" : "tensor");
        var isSymmetric = weights.Flag("symmetric") ?? true;
        var order = weights.IsText("actorder") ? weights.Text("actorder") : null;
        var told = $"{format} ({type} of {bits} bits, strategy {strategy}{(order is null ? "" : $", order {order}")}"
            + (isSymmetric ? ")" : ", with zero points)");
        var scheme = (format, type, bits, strategy) switch
        {
            ("pack-quantized", "int", 4, "group" or "channel") when order is null or "static" or "weight" => CompressedScheme.PackedInt,
            ("int-quantized", "int", 8, "channel") when isSymmetric => CompressedScheme.Whole,
            ("float-quantized" or "naive-quantized", "float", 8, "tensor" or "channel" or "block") => CompressedScheme.Fp8,
            _ => CompressedScheme.Other,
        };
        var groupSize = scheme == CompressedScheme.PackedInt && strategy == "group" ? GroupSize(weights, "group_size") : -1;
        return new CompressedGroup(targets, scheme, groupSize, isSymmetric, told)
        {
            BlockSize = strategy == "block" ? BlockSize(weights, "block_structure") : [],
            HasStaticInputs = group.Object("input_activations") is { } inputs && inputs.Flag("dynamic") != true,
        };
    }

    private static int GroupSize(JsonFields fields, string name)
    {
        const int Usual = 128;
        var said = fields.Whole(name) ?? Usual;
        if (FourBitGroups.Sizes.Contains(said))
            return said;
        fields.Problem(name, $"one of {string.Join(", ", FourBitGroups.Sizes)}", $"{said}");
        return Usual;
    }
}
