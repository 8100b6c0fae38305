using System.Buffers.Binary;
using System.Text.Json;

namespace Gaudi.Tests.Cluster.EndToEnd;

/// <summary>A copy of a bundled model that a test may damage. Deleted when disposed.</summary>
internal sealed class ModelCopy : IDisposable
{
    private ModelCopy(string folder) => Folder = folder;

    internal string Folder { get; }

    internal string Weights => Path.Combine(Folder, "model.safetensors");

    internal static ModelCopy Of(string name)
    {
        var copy = new ModelCopy(Directory.CreateTempSubdirectory("gaudi-model-").FullName);
        var original = Path.Combine(AppContext.BaseDirectory, "Models", name);
        foreach (var file in Directory.EnumerateFiles(original))
            File.Copy(file, Path.Combine(copy.Folder, Path.GetFileName(file)));
        return copy;
    }

    /// <summary>Writes zeros over the second half of a tensor's first dimension: what rank 1 of 2 owns of a column-parallel one.</summary>
    internal void ZeroSecondHalf(string tensor)
    {
        using var file = new FileStream(Weights, FileMode.Open, FileAccess.ReadWrite);
        var lengthBytes = new byte[sizeof(ulong)];
        file.ReadExactly(lengthBytes);
        var header = new byte[BinaryPrimitives.ReadUInt64LittleEndian(lengthBytes)];
        file.ReadExactly(header);
        using var parsed = JsonDocument.Parse(header);
        var offsets = parsed.RootElement.GetProperty(tensor).GetProperty("data_offsets");
        var (start, end) = (offsets[0].GetInt64(), offsets[1].GetInt64());
        file.Position += (start + end) / 2;
        file.Write(new byte[(end - start) / 2]);
    }

    /// <summary>Replaces a text in config.json.</summary>
    internal void Configure(string from, string to)
    {
        var path = Path.Combine(Folder, "config.json");
        var text = File.ReadAllText(path);
        Xunit.Assert.Contains(from, text, StringComparison.Ordinal);
        File.WriteAllText(path, text.Replace(from, to, StringComparison.Ordinal));
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
