namespace Gaudi.Tests.Layering;

/// <summary>The repository as it lies on disk, found upward from the test's own folder.</summary>
internal static class SourceTree
{
    private static readonly string[] Skipped = ["bin", "obj", "TestResults"];

    /// <summary>The top folder.</summary>
    internal static string Root { get; } = FindRoot();

    /// <summary>Every C# file, in ordinal order.</summary>
    internal static IReadOnlyList<SourceFile> Files { get; } =
    [
        .. Find("*.cs").Select(path => new SourceFile(path, File.ReadAllText(Path.Combine(Root, path)))),
    ];

    /// <summary>The files of the three projects that make the product.</summary>
    internal static IEnumerable<SourceFile> Product => Files.Where(file => file.Project != "Gaudi.Tests");

    /// <summary>Paths from the top of the files that fit the pattern, in ordinal order.</summary>
    internal static IEnumerable<string> Find(string pattern) =>
        Directory.EnumerateFiles(Root, pattern, SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Root, path))
            .Where(path => !path.Split('/').Intersect(Skipped).Any() && path.Contains('/', StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Gaudi.sln")))
            folder = folder.Parent ?? throw new DirectoryNotFoundException($"no Gaudi.sln above {AppContext.BaseDirectory}");
        return folder.FullName;
    }
}
