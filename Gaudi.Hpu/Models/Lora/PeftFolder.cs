using System.Security.Cryptography;

namespace Gaudi.Hpu.Models.Lora;

/// <summary>The two files of an adapter.</summary>
internal static class PeftFolder
{
    /// <summary>What PEFT calls the adapter's settings.</summary>
    public const string ConfigFile = "adapter_config.json";

    /// <summary>What PEFT calls its weights.</summary>
    public const string WeightsFile = "adapter_model.safetensors";

    /// <summary>SHA-256 of both files, lower-case hex.</summary>
    /// <exception cref="CheckpointException">One is missing or cannot be read.</exception>
    public static string DigestOf(string folder)
    {
        Require(folder);
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            foreach (var name in new[] { ConfigFile, WeightsFile })
            {
                using var file = File.OpenRead(Path.Combine(folder, name));
                hash.AppendData(SHA256.HashData(file));
            }
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"{folder}: expected readable files of an adapter, but {error.Message}", error);
        }
    }

    private static void Require(string folder)
    {
        if (!Directory.Exists(folder))
            throw new CheckpointException(
                $"expected an adapter's folder at '{folder}', there is none; give one with {ConfigFile} and {WeightsFile}");
        foreach (var name in new[] { ConfigFile, WeightsFile })
        {
            if (File.Exists(Path.Combine(folder, name)))
                continue;
            var files = Directory.EnumerateFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal).Take(20);
            throw new CheckpointException(
                $"{folder}: expected {name}, came {string.Join(", ", files.DefaultIfEmpty("nothing"))}; "
                + "an adapter in another format must be saved by PEFT as safetensors first");
        }
    }
}
