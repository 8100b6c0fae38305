using System.Collections.Immutable;

namespace Gaudi.Hpu.Plugins;

/// <summary>
/// Finds plugins in this order, ordinal within each: `Gaudi.*.dll` beside the executable, `plugins/ID/ID.dll` beside
/// it, then `ID/ID.dll` in each root of `GAUDI_PLUGIN_PATH`.
/// </summary>
/// <param name="programFolder">The folder of the executable.</param>
/// <param name="pluginPath">Roots separated by `:`; null when the variable is unset.</param>
public sealed class FolderPluginSource(string programFolder, string? pluginPath) : IPluginSource
{
    /// <summary>The variable that names further roots.</summary>
    public const string Variable = "GAUDI_PLUGIN_PATH";

    /// <inheritdoc />
    public ImmutableArray<DiscoveredPlugin> Discover(Action<PluginLogLine> problem)
    {
        var files = ProgramFiles().Concat(PluginFiles(Path.Combine(programFolder, "plugins"))).ToList();
        foreach (var root in (pluginPath ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            var found = PluginFiles(root);
            if (found.Count == 0)
            {
                problem(new PluginLogLine(PluginLogLevel.Warning,
                    $"{Variable} names {root}, which holds no plugin; expected {Path.Combine(root, "ID", "ID.dll")}"));
            }
            files.AddRange(found);
        }
        return [.. files.Select(Path.GetFullPath).Distinct(StringComparer.Ordinal).SelectMany(f => Read(f, problem))];
    }

    /// <inheritdoc />
    public PluginFunction Resolve(DiscoveredPlugin plugin) => PluginLoader.Resolve(plugin);

    private IEnumerable<string> ProgramFiles() => Directory.Exists(programFolder)
        ? Directory.EnumerateFiles(programFolder, "Gaudi.*.dll").Order(StringComparer.Ordinal)
        : [];

    private static List<string> PluginFiles(string root) => Directory.Exists(root)
        ? [.. Directory.EnumerateDirectories(root)
            .Select(folder => Path.Combine(folder, Path.GetFileName(folder) + ".dll"))
            .Where(File.Exists)
            .Order(StringComparer.Ordinal)]
        : [];

    private static ImmutableArray<DiscoveredPlugin> Read(string path, Action<PluginLogLine> problem)
    {
        try
        {
            return EntryPointReader.Read(path);
        }
        catch (Exception error) when (error is BadImageFormatException or IOException or UnauthorizedAccessException)
        {
            problem(new PluginLogLine(
                PluginLogLevel.Warning, $"{path} cannot be read as a plugin: {error.Message}", error));
            return [];
        }
    }
}
