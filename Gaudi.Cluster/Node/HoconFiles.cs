using Akka.Configuration;

namespace Gaudi.Cluster.Node;

/// <summary>The settings of this process: the defaults beside the program, the user's file over them, the command line over that.</summary>
internal static class HoconFiles
{
    /// <summary>The only place defaults live, from the program's folder.</summary>
    internal const string Defaults = "hocon/reference.conf";

    /// <summary>Builds the chain.</summary>
    /// <param name="programFolder">The folder of the executable.</param>
    /// <param name="settingsFile">The user's file; null for none.</param>
    /// <param name="overlays">HOCON texts, each laid over the one before it.</param>
    /// <exception cref="NodeStartException">A file is missing, or a text is no HOCON.</exception>
    internal static Config Load(string programFolder, string? settingsFile, IEnumerable<string> overlays)
    {
        var settings = Parse(Read(Path.Combine(programFolder, Defaults)), Defaults);
        if (settingsFile is not null)
            settings = Parse(Read(settingsFile), settingsFile).WithFallback(settings);
        return overlays.Aggregate(settings, (below, text) => text.Length == 0 ? below : Parse(text, $"`{text}`").WithFallback(below));
    }

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new NodeStartException($"expected settings in `{path}`: {problem.Message}");
        }
    }

    private static Config Parse(string text, string origin)
    {
        try
        {
            return ConfigurationFactory.ParseString(text);
        }
        catch (Exception problem)
        {
            // The parser has no exception type of its own.
            throw new NodeStartException($"expected HOCON in {origin}: {problem.Message}");
        }
    }
}
