using Gaudi.Actors.Settings;
using Gaudi.Hpu.Plugins;

namespace Gaudi.Cluster.Node;

/// <summary>The plugin host of a worker process, made from its settings.</summary>
internal static class WorkerPlugins
{
    /// <summary>Makes it; nothing is loaded yet.</summary>
    /// <param name="settings">The process's settings.</param>
    /// <param name="log">Told warnings and errors, one line each.</param>
    internal static PluginHost Create(GaudiSettings settings, TextWriter log) => new(
        new PluginHostSettings(
            ProcessEnvironment.Read(), AppContext.BaseDirectory, settings.Plugins.OnFailure, settings.Plugins.TrimAllowList,
            settings.Plugins.Platform, settings.Simulate, settings.Ops.CustomOps, settings.Ops.Disable)
        {
            Config = settings.ForPlatform(),
        },
        TimeProvider.System,
        line => Write(log, line));

    private static void Write(TextWriter log, PluginLogLine line)
    {
        if (line.Level < PluginLogLevel.Warning)
            return;
        log.WriteLine(line.Error is null ? line.Text : $"{line.Text}: {line.Error}");
    }
}
