using System.Text.Json.Nodes;
using Gaudi.Hpu.Models.Safetensors;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Models.Families;

/// <summary>A model folder in Hugging Face's layout with random weights, made from a seed and deleted when disposed.</summary>
internal sealed class RandomCheckpoint : IDisposable
{
    private RandomCheckpoint(string folder, Dictionary<string, float[]> weights)
    {
        Folder = folder;
        Weights = weights;
    }

    public string Folder { get; }

    /// <summary>The stored values, rounded to the stored type, under their names; rows one after another.</summary>
    public Dictionary<string, float[]> Weights { get; }

    /// <summary>Writes config.json and model.safetensors.</summary>
    /// <param name="config">As it is to be on disk.</param>
    /// <param name="tensors">Names and shapes.</param>
    /// <param name="seed">Of the values.</param>
    /// <param name="dtype">Of the stored values.</param>
    /// <param name="spreads">The spread of a tensor's values; null where the usual one is right.</param>
    public static RandomCheckpoint Write(
        JsonObject config, IEnumerable<(string Name, int[] Shape)> tensors, int seed, ScalarType dtype = ScalarType.Float32,
        Func<string, double?>? spreads = null)
    {
        var folder = Directory.CreateTempSubdirectory("gaudi-random-checkpoint-").FullName;
        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString());
        var random = new Random(seed);
        var weights = new Dictionary<string, float[]>(StringComparer.Ordinal);
        var writer = new SafetensorsWriter();
        using var scope = NewDisposeScope();
        foreach (var (name, shape) in tensors)
        {
            var (mean, spread) = spreads?.Invoke(name) is { } asked ? (0, asked) : Usual(name, shape);
            var values = new float[shape.Aggregate(1, (product, one) => product * one)];
            for (var i = 0; i < values.Length; i++)
                values[i] = (float)(mean + (spread * Normal(random)));
            var stored = tensor(values, shape.Select(one => (long)one).ToArray()).to_type(dtype);
            weights[name] = stored.to_type(ScalarType.Float32).data<float>().ToArray();
            writer.Add(name, stored);
        }
        writer.Write(Path.Combine(folder, "model.safetensors"));
        return new RandomCheckpoint(folder, weights);
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static (double Mean, double Spread) Usual(string name, int[] shape) =>
        shape.Length == 1 && name.Contains("norm", StringComparison.Ordinal) ? (1, 0.2)
        : shape.Length == 1 ? (0, 0.2)
        : name.Contains("embed", StringComparison.Ordinal) ? (0, 1)
        : (0, 1.5 / Math.Sqrt(shape[^1]));

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
