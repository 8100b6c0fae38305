using System.Globalization;
using Akka.Configuration;

namespace Gaudi.Cluster.Node;

/// <summary>The settings as texts: the defaults beside the program, the user's file over them, the command line over that.</summary>
internal static class HoconFiles
{
    private const string Reference = "hocon/reference.conf";

    /// <summary>The only place defaults live, from the program's folder.</summary>
    /// <exception cref="NodeStartException">The file is missing or broken.</exception>
    internal static Config Defaults(string programFolder)
    {
        var path = Path.Combine(programFolder, Reference);
        return Parse(Read(path), path);
    }

    /// <summary>What the user said, the last word last. Each part is checked by itself, so that the message names it.</summary>
    /// <exception cref="NodeStartException">The file is missing, or a part is no HOCON.</exception>
    internal static string Said(NodeOptions options, string flags)
    {
        var said = "";
        if (options.SettingsFile is { } file)
            said += Checked(Read(file), file);
        foreach (var setting in options.Settings)
            said += Checked(setting, $"--set {setting}");
        if (options.SpareCount is { } spares)
            said += string.Create(CultureInfo.InvariantCulture, $"gaudi.workers.spares = {spares}\n");
        return said + flags;
    }

    /// <summary>Reads HOCON.</summary>
    /// <exception cref="NodeStartException">The text is none; the message names the origin.</exception>
    internal static Config Parse(string text, string origin)
    {
        try
        {
            return text.Length == 0 ? Config.Empty : ConfigurationFactory.ParseString(text);
        }
        catch (Exception problem)
        {
            // The parser has no exception type of its own.
            throw new NodeStartException($"expected HOCON in {origin}: {problem.Message}");
        }
    }

    private static string Checked(string text, string origin)
    {
        Parse(text, origin);
        return text + "\n";
    }

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new NodeStartException($"expected settings in `{path}`, but it cannot be read: {problem.Message}");
        }
    }
}
