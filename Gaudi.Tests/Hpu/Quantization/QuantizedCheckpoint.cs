using System.Text.Json.Nodes;
using Gaudi.Hpu.Models;
using Gaudi.Hpu.Models.Safetensors;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Quantization;

/// <summary>
/// A model folder whose projections are rounded to 4 or 8 bits and written as GPTQ, AWQ, DeepSeek or compressed-tensors write
/// them, and beside it the plain folder of the values that the codes stand for. Both are deleted when disposed.
/// </summary>
internal sealed class QuantizedCheckpoint : IDisposable
{
    private QuantizedCheckpoint(string folder, string plainFolder) => (Folder, PlainFolder) = (folder, plainFolder);

    public string Folder { get; }

    /// <summary>In float32.</summary>
    public string PlainFolder { get; }

    /// <summary>Every weight in float8, by its name without `.weight`.</summary>
    public Dictionary<string, Fp8Layer> Float8 { get; } = [];

    /// <summary>Weights that codes stand for.</summary>
    public long QuantizedCount { get; private set; }

    /// <summary>Rounds every `_proj` of the layers.</summary>
    /// <param name="source">A plain model folder.</param>
    /// <param name="scheme">gptq, awq, wna16 (symmetric), wna16-zero, int8, fp8, fp8-static or fp8-channel.</param>
    /// <param name="groupSize">Inputs of a group; -1 for all. Of fp8 rows and columns of a block.</param>
    /// <param name="hasOrder">Whether inputs lie in groups in any order: gptq alone.</param>
    /// <param name="plainDtype">Of the tensors that are not quantized.</param>
    /// <param name="change">May alter the quantized tensors before they are written; null removes one.</param>
    public static QuantizedCheckpoint Of(
        string source, string scheme, int groupSize, bool hasOrder = false, Func<string, Tensor, Tensor?>? change = null,
        ScalarType plainDtype = ScalarType.Float32)
    {
        var model = new QuantizedCheckpoint(
            Directory.CreateTempSubdirectory("gaudi-four-bit-").FullName, Directory.CreateTempSubdirectory("gaudi-widened-").FullName);
        var (quantized, plain) = (new SafetensorsWriter(), new SafetensorsWriter());
        using var scope = NewDisposeScope();
        using (var checkpoint = Checkpoint.Open(source))
        {
            foreach (var name in checkpoint.Names)
            {
                var shape = checkpoint.Find(name)!.Shape;
                var values = checkpoint.Read(name, 0, 0, shape[0]).to_type(ScalarType.Float32).contiguous();
                if (!name.Contains(".layers.", StringComparison.Ordinal) || !name.EndsWith("_proj.weight", StringComparison.Ordinal))
                {
                    quantized.Add(name, values.to_type(plainDtype));
                    plain.Add(name, values);
                    continue;
                }
                var (wide, parts) = scheme.StartsWith("fp8", StringComparison.Ordinal)
                    ? model.RoundedToFloat8(name[..^".weight".Length], [.. values.data<float>()], (int)shape[0], scheme, groupSize)
                    : Rounded([.. values.data<float>()], shape, scheme, groupSize, hasOrder);
                model.QuantizedCount += values.numel();
                plain.Add(name, tensor(wide, shape.ToArray()));
                foreach (var (kind, stored) in parts)
                {
                    var to = $"{name[..^"weight".Length]}{kind}";
                    if ((change is null ? stored : change(to, stored)) is { } left)
                        quantized.Add(to, left);
                }
            }
        }
        quantized.Write(Path.Combine(model.Folder, "model.safetensors"));
        plain.Write(Path.Combine(model.PlainFolder, "model.safetensors"));
        model.CopyTheRest(source, scheme, groupSize, hasOrder);
        return model;
    }

    public void Dispose()
    {
        Directory.Delete(Folder, recursive: true);
        Directory.Delete(PlainFolder, recursive: true);
    }

    /// <summary>Of activations, where they are scaled statically: up to 16.</summary>
    public const float InputScale = 16f / 448;

    private (float[] Wide, IEnumerable<(string Kind, Tensor Tensor)> Parts) RoundedToFloat8(
        string layer, float[] values, int outputs, string scheme, int blockSize)
    {
        var inputs = values.Length / outputs;
        var rounded = Float8[layer] = scheme switch
        {
            "fp8" => Fp8Layer.Of(values, outputs, blockSize, blockSize),
            "fp8-static" => Fp8Layer.Of(values, outputs, outputs, inputs, [], InputScale),
            _ => Fp8Layer.Of(values, outputs, 1, inputs, [outputs, 1]),
        };
        // llm-compressor keeps scales in the model's type.
        return (rounded.Stored, rounded.Tensors(isInverse: scheme == "fp8").Select(one =>
            (one.Kind, scheme == "fp8-channel" && one.Kind == "weight_scale" ? one.Tensor.to_type(ScalarType.BFloat16) : one.Tensor)));
    }

    private static (float[] Wide, IEnumerable<(string Kind, Tensor Tensor)> Parts) Rounded(
        float[] values, IReadOnlyList<long> shape, string scheme, int groupSize, bool hasOrder)
    {
        var outputs = (int)shape[0];
        if (scheme == "int8")
        {
            var whole = new WholeLayer(values, outputs);
            return (whole.Wide, whole.Tensors());
        }
        var layer = new FourBitLayer(
            values, outputs, groupSize < 0 ? (int)shape[1] : groupSize, hasOrder ? (int)shape[1] : null, isSymmetric: scheme == "wna16");
        return (layer.Wide, scheme switch
        {
            "gptq" => layer.Gptq(),
            "awq" => layer.Awq(),
            _ => layer.PackedInt(),
        });
    }

    private void CopyTheRest(string source, string scheme, int groupSize, bool hasOrder)
    {
        foreach (var file in Directory.EnumerateFiles(source).Where(file => !file.EndsWith(".safetensors", StringComparison.Ordinal)))
        {
            File.Copy(file, Path.Combine(Folder, Path.GetFileName(file)));
            File.Copy(file, Path.Combine(PlainFolder, Path.GetFileName(file)));
        }
        var path = Path.Combine(Folder, "config.json");
        var config = JsonNode.Parse(File.ReadAllText(path))!;
        config["quantization_config"] = QuantizedCheckpointConfig.Of(scheme, groupSize, hasOrder);
        File.WriteAllText(path, config.ToJsonString());
    }
}
