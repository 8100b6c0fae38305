using System.Runtime.CompilerServices;

namespace Gaudi.Tests.Text;

/// <summary>The committed files that other implementations made; found beside this source file.</summary>
internal static class GoldenFiles
{
    /// <summary>The text of a golden file.</summary>
    public static string Read(string name) => File.ReadAllText(Path.Combine(Folder(), name));

    /// <summary>The names of the golden files that end so, sorted.</summary>
    public static IEnumerable<string> Names(string ending) => Directory.GetFiles(Folder(), "*" + ending)
        .Select(path => Path.GetFileName(path)[..^ending.Length]).Order(StringComparer.Ordinal);

    private static string Folder([CallerFilePath] string sourcePath = "") =>
        Path.Combine(Path.GetDirectoryName(sourcePath)!, "Goldens");
}
