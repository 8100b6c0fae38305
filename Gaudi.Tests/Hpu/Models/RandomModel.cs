using System.Globalization;
using System.Text.Json;
using Gaudi.Hpu.Models.Safetensors;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Models;

/// <summary>A model folder with random weights, made from a seed and deleted when disposed.</summary>
internal sealed class RandomModel : IDisposable
{
    private RandomModel(RandomModelShape shape, string folder, Dictionary<string, float[]> weights)
    {
        Shape = shape;
        Folder = folder;
        Weights = weights;
    }

    public RandomModelShape Shape { get; }

    public string Folder { get; }

    /// <summary>The stored values, rounded to the stored type, under their names; rows one after another.</summary>
    public Dictionary<string, float[]> Weights { get; }

    /// <summary>Writes it; the change may alter values before.</summary>
    public static RandomModel Write(RandomModelShape shape, Action<string, float[]>? change = null)
    {
        var folder = Directory.CreateTempSubdirectory("gaudi-random-model-").FullName;
        File.WriteAllText(Path.Combine(folder, "config.json"), JsonSerializer.Serialize(shape.Config()));
        var random = new Random(shape.Seed);
        var weights = new Dictionary<string, float[]>(StringComparer.Ordinal);
        var writer = new SafetensorsWriter();
        using var scope = NewDisposeScope();
        foreach (var (name, size) in shape.Tensors())
        {
            var values = Values(random, name, size);
            change?.Invoke(name, values);
            var stored = tensor(values, size.Select(one => (long)one).ToArray()).to_type(shape.Dtype);
            weights[name] = stored.to_type(ScalarType.Float32).data<float>().ToArray();
            writer.Add(name, stored);
        }
        writer.Write(Path.Combine(folder, "model.safetensors"));
        return new RandomModel(shape, folder, weights);
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Shape}");

    private static float[] Values(Random random, string name, int[] size)
    {
        var values = new float[size.Aggregate(1, (product, one) => product * one)];
        var isNorm = name.Contains("norm", StringComparison.Ordinal);
        var spread = isNorm || name.EndsWith(".bias", StringComparison.Ordinal) ? 0.2
            : name.Contains("embed", StringComparison.Ordinal) ? 1 : 1.5 / Math.Sqrt(size[^1]);
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)((isNorm ? 1 : 0) + (spread * Normal(random)));
        return values;
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
