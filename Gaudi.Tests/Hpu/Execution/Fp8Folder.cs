using System.Text.Json.Nodes;
using Gaudi.Hpu.Models;
using Gaudi.Hpu.Models.Safetensors;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Execution;

/// <summary>A copy of a model folder with scales of keys and values, and what config.json says of them; deleted when disposed.</summary>
internal sealed class Fp8Folder : IDisposable
{
    private Fp8Folder(string path) => Path = path;

    public string Path { get; }

    /// <summary>Copies it.</summary>
    /// <param name="source">A folder of one safetensors file.</param>
    /// <param name="scheme">JSON of `kv_cache_scheme`; null says nothing of it.</param>
    /// <param name="scales">Tensors beside the model's own.</param>
    public static Fp8Folder Of(string source, string? scheme, params (string Name, float[] Values)[] scales)
    {
        var folder = new Fp8Folder(Directory.CreateTempSubdirectory("gaudi-kv-scales-").FullName);
        var config = JsonNode.Parse(File.ReadAllText(System.IO.Path.Combine(source, "config.json")))!;
        if (scheme is not null)
        {
            config["quantization_config"] = new JsonObject
            {
                ["quant_method"] = "compressed-tensors",
                ["format"] = "pack-quantized",
                ["ignore"] = new JsonArray("re:.*"),
                ["config_groups"] = JsonNode.Parse(
                    """{"group_0": {"targets": ["Linear"], "weights": {"num_bits": 4, "type": "int", "group_size": 32, "strategy": "group"}}}"""),
                ["kv_cache_scheme"] = JsonNode.Parse(scheme),
            };
        }
        File.WriteAllText(System.IO.Path.Combine(folder.Path, "config.json"), config.ToJsonString());
        var writer = new SafetensorsWriter();
        using var scope = NewDisposeScope();
        using var checkpoint = Checkpoint.Open(source);
        foreach (var name in checkpoint.Names)
            writer.Add(name, checkpoint.Read(name, 0, 0, checkpoint.Find(name)!.Shape[0]));
        foreach (var (name, values) in scales)
            writer.Add(name, tensor(values));
        writer.Write(System.IO.Path.Combine(folder.Path, "model.safetensors"));
        return folder;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
