using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Gaudi.Hpu.Models;
using Gaudi.Hpu.Models.Safetensors;

namespace Gaudi.Hpu.Execution;

/// <summary>
/// Tells model folders apart without reading all weights: config.json and the files beside it that the loader reads are hashed
/// whole, and of each safetensors file its name, its header, every tensor of at most 64 KiB, and three samples of every other.
/// </summary>
/// <remarks>
/// Hashes at most 64 KiB a tensor, and mostly 12: some 10 MB of a dense model of 70 billion parameters, under 1 GB of a mixture with
/// 18,000 quantized experts; pages that the load reads next anyway. Samples miss a change of single values between them, not a
/// layer that was trained.
/// </remarks>
public static class ModelDigest
{
    private const int WholeBytesMax = 64 * 1024;
    private const int SampleCount = 3;
    private const int SampleBytes = 4096;

    // Where there is one, it decides how weights are read.
    private static readonly ImmutableArray<string> Beside = ["quantize_config.json", "quant_config.json"];

    /// <summary>Of what a rank loads: the model, and the draft model where there is one.</summary>
    /// <exception cref="CheckpointException">A file is damaged.</exception>
    public static string Of(ModelRunnerSettings settings) =>
        settings.Draft is { } draft ? Of(settings.ModelFolder, draft.ModelFolder) : Of(settings.ModelFolder);

    /// <summary>SHA-256 in lower-case hex, of the folders in their order. Where a folder lies does not matter.</summary>
    /// <exception cref="CheckpointException">A file is damaged.</exception>
    public static string Of(params ReadOnlySpan<string> folders)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var folder in folders)
        {
            Add(hash, File.ReadAllBytes(Path.Combine(folder, "config.json")));
            foreach (var name in Beside)
            {
                var path = Path.Combine(folder, name);
                Add(hash, File.Exists(path) ? File.ReadAllBytes(path) : []);
            }
            foreach (var path in Directory.GetFiles(folder, "*.safetensors").Order(StringComparer.Ordinal))
                AddWeights(hash, path);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void AddWeights(IncrementalHash hash, string path)
    {
        var file = MappedFile.Open(path);
        try
        {
            var entries = SafetensorsHeader.Read(file);
            var headerBytes = entries.IsEmpty ? file.Bytes : entries[0].Begin;
            Add(hash, Encoding.UTF8.GetBytes(Path.GetFileName(path)));
            Add(hash, file.Span(0, (int)headerBytes)); // Names, types, shapes and offsets.
            foreach (var entry in entries)
            {
                if (entry.Bytes <= WholeBytesMax)
                    hash.AppendData(file.Span(entry.Begin, (int)entry.Bytes));
                else
                    for (var i = 0; i < SampleCount; i++)
                        hash.AppendData(file.Span(entry.Begin + ((entry.Bytes - SampleBytes) * i / (SampleCount - 1)), SampleBytes));
            }
        }
        finally
        {
            file.Release();
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
