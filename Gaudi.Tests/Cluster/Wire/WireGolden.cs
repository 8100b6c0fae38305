using System.Runtime.CompilerServices;

namespace Gaudi.Tests.Cluster.Wire;

/// <summary>The bytes of every sample, in hexadecimal, by manifest: golden.txt, found beside this source file.</summary>
internal static class WireGolden
{
    internal static IReadOnlyDictionary<string, string> Bytes { get; } = File.ReadAllLines(FilePath())
        .Where(line => !line.StartsWith('#'))
        .Select(line => line.Split(' '))
        .ToDictionary(entry => entry[0], entry => entry[1], StringComparer.Ordinal);

    private static string FilePath([CallerFilePath] string sourcePath = "") =>
        Path.Combine(Path.GetDirectoryName(sourcePath)!, "golden.txt");
}
