using System.Text.Json;
using Gaudi.Hpu.Models.Lora;
using Gaudi.Hpu.Models.Safetensors;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Models.Lora;

/// <summary>An adapter in PEFT's layout with random weights, made from a seed and deleted when disposed.</summary>
internal sealed class RandomAdapter : IDisposable
{
    private readonly Dictionary<string, float[]> _weights = new(StringComparer.Ordinal);

    private RandomAdapter(string folder) => Folder = folder;

    public string Folder { get; }

    public int Rank { get; private init; }

    public float Scale { get; private init; }

    /// <summary>What is loaded, under an id of its own.</summary>
    public LoraAdapter Find(string id) => LoraAdapter.Find(id, id, Folder);

    /// <summary>Every projection of a model, its embedding and its head.</summary>
    public static IEnumerable<(string Module, int Outputs, int Inputs)> ModulesOf(RandomModelShape shape) =>
        shape.Tensors().Where(one => one.Size.Length == 2 && !one.Name.Contains("norm", StringComparison.Ordinal))
            .Select(one => (Module: one.Name[..^".weight".Length], one.Size))
            .Select(one => IsEmbedding(one.Module) ? (one.Module, one.Size[1], one.Size[0]) : (one.Module, one.Size[0], one.Size[1]));

    /// <summary>Writes it.</summary>
    /// <param name="modules">What it changes.</param>
    /// <param name="seed">Decides the values.</param>
    /// <param name="rank">Of every module.</param>
    /// <param name="isRankStabilized">Whether the scale is over the root of the rank.</param>
    /// <param name="config">May alter adapter_config.json.</param>
    /// <param name="change">May alter a tensor, or leave it out.</param>
    /// <param name="add">May add tensors.</param>
    public static RandomAdapter Write(
        IEnumerable<(string Module, int Outputs, int Inputs)> modules, int seed, int rank = 4, bool isRankStabilized = false,
        Action<Dictionary<string, object?>>? config = null, Func<string, Tensor, Tensor?>? change = null,
        Action<SafetensorsWriter>? add = null)
    {
        const float Alpha = 8;
        var adapter = new RandomAdapter(Directory.CreateTempSubdirectory("gaudi-adapter-").FullName)
        {
            Rank = rank, Scale = Alpha / (isRankStabilized ? MathF.Sqrt(rank) : rank),
        };
        var random = new Random(seed);
        using var scope = NewDisposeScope();
        var writer = new SafetensorsWriter();
        foreach (var (module, outputs, inputs) in modules)
        {
            foreach (var (name, rows, columns) in new[] { (NameOf(module, 'A'), rank, inputs), (NameOf(module, 'B'), outputs, rank) })
            {
                var values = new float[rows * columns];
                for (var i = 0; i < values.Length; i++)
                    values[i] = (float)((random.NextDouble() - 0.5) * 0.5);
                adapter._weights.Add(name, values);
                if ((change ?? ((_, stored) => stored))(name, tensor(values, [rows, columns])) is { } kept)
                    writer.Add($"base_model.model.{name}", kept);
            }
        }
        add?.Invoke(writer);
        writer.Write(Path.Combine(adapter.Folder, "adapter_model.safetensors"));
        var said = new Dictionary<string, object?>
        {
            ["peft_type"] = "LORA", ["task_type"] = "CAUSAL_LM", ["base_model_name_or_path"] = "random", ["r"] = rank,
            ["lora_alpha"] = Alpha, ["use_rslora"] = isRankStabilized, ["bias"] = "none", ["use_dora"] = false, ["lora_dropout"] = 0.0,
            ["fan_in_fan_out"] = false, ["modules_to_save"] = null, ["rank_pattern"] = new Dictionary<string, int>(),
            ["target_modules"] = modules.Select(one => one.Module.Split('.')[^1]).Distinct().ToArray(),
        };
        config?.Invoke(said);
        File.WriteAllText(Path.Combine(adapter.Folder, "adapter_config.json"), JsonSerializer.Serialize(said));
        return adapter;
    }

    /// <summary>Adds scale * B A to a weight of the model's checkpoint, rows one after another, in double.</summary>
    public void MergeInto(string weight, float[] values)
    {
        var module = weight.EndsWith(".weight", StringComparison.Ordinal) ? weight[..^".weight".Length] : weight;
        if (!_weights.TryGetValue(NameOf(module, 'A'), out var a))
            return;
        var b = _weights[NameOf(module, 'B')];
        var (inputs, outputs) = (a.Length / Rank, b.Length / Rank);
        for (var output = 0; output < outputs; output++)
        {
            for (var input = 0; input < inputs; input++)
            {
                var sum = Enumerable.Range(0, Rank).Sum(j => (double)b[(output * Rank) + j] * a[(j * inputs) + input]);
                values[IsEmbedding(module) ? (input * outputs) + output : (output * inputs) + input] += (float)(sum * Scale);
            }
        }
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static bool IsEmbedding(string module) => module.EndsWith("embed_tokens", StringComparison.Ordinal);

    private static string NameOf(string module, char which) =>
        IsEmbedding(module) ? $"{module}.lora_embedding_{which}" : $"{module}.lora_{which}.weight";
}
