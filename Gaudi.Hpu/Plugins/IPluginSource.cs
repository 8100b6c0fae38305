using System.Collections.Immutable;

namespace Gaudi.Hpu.Plugins;

/// <summary>Where plugins come from: folders, or a list in a test.</summary>
public interface IPluginSource
{
    /// <summary>Lists every entry point, in the order of discovery, without running anything.</summary>
    /// <param name="problem">Told of files that could not be read.</param>
    ImmutableArray<DiscoveredPlugin> Discover(Action<PluginLogLine> problem);

    /// <summary>Loads an entry point. Its static constructors may run; the entry point itself does not.</summary>
    /// <exception cref="Exception">It cannot be loaded; the message says why.</exception>
    PluginFunction Resolve(DiscoveredPlugin plugin);
}
