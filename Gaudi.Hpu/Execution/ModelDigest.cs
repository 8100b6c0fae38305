using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Gaudi.Hpu.Execution;

/// <summary>
/// Tells model folders apart without reading all weights: config.json whole, and of each safetensors file its name, its length,
/// its beginning and samples at even distances.
/// </summary>
public static class ModelDigest
{
    private const int SampleCount = 16;
    private const int SampleBytes = 4096;

    /// <summary>Of what a rank loads: the model, and the draft model where there is one.</summary>
    public static string Of(ModelRunnerSettings settings) =>
        settings.Draft is { } draft ? Of(settings.ModelFolder, draft.ModelFolder) : Of(settings.ModelFolder);

    /// <summary>SHA-256 in lower-case hex, of the folders in their order. Where a folder lies does not matter.</summary>
    public static string Of(params ReadOnlySpan<string> folders)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var folder in folders)
        {
            Add(hash, File.ReadAllBytes(Path.Combine(folder, "config.json")));
            foreach (var file in Directory.GetFiles(folder, "*.safetensors").Order(StringComparer.Ordinal))
                Sample(hash, file);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Sample(IncrementalHash hash, string path)
    {
        using var file = File.OpenHandle(path);
        var length = RandomAccess.GetLength(file);
        Add(hash, Encoding.UTF8.GetBytes(Path.GetFileName(path)));
        Add(hash, length);
        var sample = new byte[SampleBytes];
        for (var i = 0; i < SampleCount; i++)
        {
            var read = RandomAccess.Read(file, sample, Math.Max(0, length - SampleBytes) * i / (SampleCount - 1));
            Add(hash, sample.AsSpan(0, read));
        }
    }

    private static void Add(IncrementalHash hash, ReadOnlySpan<byte> bytes)
    {
        Add(hash, bytes.Length);
        hash.AppendData(bytes);
    }

    private static void Add(IncrementalHash hash, long number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        hash.AppendData(bytes);
    }
}
