using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using Gaudi.Tests.Simulation.Cost;

namespace Gaudi.Tests.Simulation.Calibration;

/// <summary>A folder with a Llama of random float32 weights and the bundled model's tokenizer. Its answers mean nothing.</summary>
internal static class RandomLlama
{
    private const int HeadDim = 64;
    private const int VocabularySize = 1024; // The bundled tokenizer's.

    /// <summary>The sizes as the cost model wants them.</summary>
    /// <param name="hidden">Width of the residual stream; a multiple of 256.</param>
    /// <param name="layers">Decoder layers.</param>
    /// <param name="intermediate">Width of the feed-forward part.</param>
    internal static ModelShape Shape(int hidden, int layers, int intermediate) => new(
        hidden, layers, hidden / HeadDim, Math.Max(2, hidden / HeadDim / 4), HeadDim, intermediate, VocabularySize, true, 1, 1, 4, 4, 4);

    /// <summary>Writes it.</summary>
    /// <param name="folder">Made, and overwritten.</param>
    /// <param name="model">From <see cref="Shape"/>.</param>
    /// <param name="bundled">Folder of the bundled model.</param>
    internal static void Write(string folder, ModelShape model, string bundled)
    {
        Directory.CreateDirectory(folder);
        foreach (var name in new[] { "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "generation_config.json" })
            File.Copy(Path.Combine(bundled, name), Path.Combine(folder, name), overwrite: true);
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(bundled, "config.json")))!.AsObject();
        config["hidden_size"] = model.HiddenSize;
        config["num_hidden_layers"] = model.LayerCount;
        config["num_attention_heads"] = model.HeadCount;
        config["num_key_value_heads"] = model.KvHeadCount;
        config["intermediate_size"] = model.IntermediateSize;
        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString());
        WriteWeights(Path.Combine(folder, "model.safetensors"), [.. Tensors(model)]);
    }

    private static IEnumerable<(string Name, int[] Shape)> Tensors(ModelShape model)
    {
        var (hidden, query, kv) = (model.HiddenSize, model.HeadCount * HeadDim, model.KvHeadCount * HeadDim);
        yield return ("model.embed_tokens.weight", [VocabularySize, hidden]);
        yield return ("model.norm.weight", [hidden]);
        for (var layer = 0; layer < model.LayerCount; layer++)
        {
            var prefix = $"model.layers.{layer}";
            yield return ($"{prefix}.input_layernorm.weight", [hidden]);
            yield return ($"{prefix}.post_attention_layernorm.weight", [hidden]);
            yield return ($"{prefix}.self_attn.q_proj.weight", [query, hidden]);
            yield return ($"{prefix}.self_attn.k_proj.weight", [kv, hidden]);
            yield return ($"{prefix}.self_attn.v_proj.weight", [kv, hidden]);
            yield return ($"{prefix}.self_attn.o_proj.weight", [hidden, query]);
            yield return ($"{prefix}.mlp.gate_proj.weight", [model.IntermediateSize, hidden]);
            yield return ($"{prefix}.mlp.up_proj.weight", [model.IntermediateSize, hidden]);
            yield return ($"{prefix}.mlp.down_proj.weight", [hidden, model.IntermediateSize]);
        }
    }

    // safetensors: the length of the header, the header, the values.
    private static void WriteWeights(string path, (string Name, int[] Shape)[] tensors)
    {
        var header = new JsonObject();
        var at = 0L;
        foreach (var (name, shape) in tensors)
        {
            var bytes = Count(shape) * sizeof(float);
            header[name] = new JsonObject
            {
                ["dtype"] = "F32",
                ["shape"] = new JsonArray([.. shape.Select(size => JsonValue.Create(size))]),
                ["data_offsets"] = new JsonArray(at, at + bytes),
            };
            at += bytes;
        }
        var text = Encoding.UTF8.GetBytes(header.ToJsonString());
        using var file = File.Create(path);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, text.Length);
        file.Write(length);
        file.Write(text);
        var random = new Random(1);
        foreach (var (_, shape) in tensors)
            file.Write(MemoryMarshal.AsBytes(Values(shape, random).AsSpan()));
    }

    private static float[] Values(int[] shape, Random random)
    {
        var values = new float[Count(shape)];
        var spread = shape.Length == 1 ? 0.1f : 1.5f / MathF.Sqrt(shape[^1]);
        for (var i = 0; i < values.Length; i++)
            values[i] = (shape.Length == 1 ? 1 : 0) + (spread * ((2 * random.NextSingle()) - 1));
        return values;
    }

    private static long Count(int[] shape) => shape.Aggregate(1L, (product, size) => product * size);
}
