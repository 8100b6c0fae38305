namespace Gaudi.Tests.Cluster.Clients;

/// <summary>Parts of tests that a machine lacks the program for: the run says so at its end.</summary>
internal static class SkippedParts
{
    private static readonly Lock Writing = new();

    private static string FilePath { get; } =
        Path.Combine(Layering.SourceTree.Root, "Gaudi.Tests", "TestResults", "skipped-parts.txt");

    /// <summary>Says what was skipped, and what to install.</summary>
    internal static void Say(string what)
    {
        lock (Writing)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(FilePath)!);
            File.AppendAllText(FilePath, what + "\n");
        }
    }
}
