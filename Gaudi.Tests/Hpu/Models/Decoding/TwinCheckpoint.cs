using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Gaudi.Hpu.Models.Safetensors;
using Gaudi.Tests.Hpu.Execution;
using Gaudi.Tests.Hpu.GaudiPlugin;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Models.Decoding;

/// <summary>One random model in two folders: its weights quantized, and in bfloat16 as they are once decoded.</summary>
internal sealed class TwinCheckpoint : IDisposable
{
    private static readonly ImmutableArray<int> Blocks = [3, 1, 2, 6];

    private readonly string _root = Directory.CreateTempSubdirectory("gaudi-twin-").FullName;

    public string Plain => Path.Combine(_root, "plain");

    public string Quantized => Path.Combine(_root, "quantized");

    /// <summary>Writes both.</summary>
    /// <param name="config">Of the plain one.</param>
    /// <param name="quantization">What the other's config.json has beside.</param>
    /// <param name="tensors">Names and shapes of the plain one.</param>
    /// <param name="quantize">A tensor quantized; null where it is plain in both.</param>
    /// <param name="change">Alters the quantized tensors before they are written.</param>
    public static TwinCheckpoint Write(
        JsonObject config, string quantization, IEnumerable<(string Name, int[] Shape)> tensors,
        Func<Random, string, int[], QuantizedTensor?> quantize, Action<Dictionary<string, Tensor>>? change = null)
    {
        var twin = new TwinCheckpoint();
        using var scope = NewDisposeScope();
        var random = new Random(11);
        var (plain, quantized) = (new Dictionary<string, Tensor>(), new Dictionary<string, Tensor>());
        foreach (var (name, shape) in tensors)
        {
            if (quantize(random, name, shape) is not { } known)
            {
                plain[name] = quantized[name] = Noise(random, name, shape).to_type(ScalarType.BFloat16);
                continue;
            }
            plain[name] = known.Decoded.to_type(ScalarType.BFloat16);
            foreach (var (part, values) in known.Parts)
                quantized[part] = values;
        }
        change?.Invoke(quantized);
        Write(twin.Plain, config, plain);
        config["quantization_config"] = JsonNode.Parse(quantization);
        Write(twin.Quantized, config, quantized);
        return twin;
    }

    /// <summary>Random values of a spread that keeps a model's activations in range.</summary>
    public static Tensor Noise(Random random, string name, int[] shape, double gain = 1)
    {
        var isNorm = name.Contains("norm", StringComparison.Ordinal);
        var spread = isNorm || shape.Length == 1 ? 0.2 : 1.5 / Math.Sqrt(shape[^1]);
        var values = new float[shape.Aggregate(1, (product, one) => product * one)];
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)(gain * ((isNorm ? 1 : 0) + (spread * ((random.NextDouble() * 3.4) - 1.7))));
        return tensor(values, shape.Select(one => (long)one).ToArray());
    }

    /// <summary>Both draw the same tokens from the same bits of logits.</summary>
    public void AssertSameBits(int worldSize, bool isExpertParallel = false, string dtype = "auto") => Assert.Equal(
        Generate(Plain, worldSize, isExpertParallel, dtype), Generate(Quantized, worldSize, isExpertParallel, dtype));

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static Drawn[] Generate(string folder, int worldSize, bool isExpertParallel, string dtype)
    {
        var settings = Runners.Settings(folder, dtype) with { IsExpertParallel = isExpertParallel };
        var drawn = Runners.Run(
            settings, worldSize,
            runner => new Script(1, [5, 40, 71, 3, 99, 12, 60], Blocks, Script.Greedy).Generate(runner, 4, chunk: 5),
            PluginOps.Table)[0];
        Assert.Equal(4, drawn.Length);
        return [.. drawn];
    }

    private static void Write(string folder, JsonObject config, Dictionary<string, Tensor> tensors)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString());
        var writer = new SafetensorsWriter();
        foreach (var (name, values) in tensors.OrderBy(one => one.Key, StringComparer.Ordinal))
            writer.Add(name, values);
        writer.Write(Path.Combine(folder, "model.safetensors"));
    }
}
