using System.Collections.Immutable;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Plugins;

namespace Gaudi.Actors.Registry;

/// <summary>What a process's registry holds as sorted lines that travel: the material of a diff between ranks.</summary>
public static class RegistryLines
{
    /// <summary>One line an op and one a plugin in force, ordinal order. No paths, times or call counts.</summary>
    public static ImmutableArray<string> Of(OpReport report, ImmutableArray<PluginOutcome> plugins) =>
    [
        .. report.Ops
            .Select(op => $"op {op.Name} from {op.Provider} {op.Version}{(op.Enabled ? "" : " (disabled)")}")
            .Concat(plugins
                .Where(one => one.Outcome is PluginOutcome.Registered or PluginOutcome.Selected)
                .Select(one => $"plugin {one.Group}/{one.Name} {one.Version}"))
            .Order(StringComparer.Ordinal),
    ];
}
