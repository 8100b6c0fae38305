using System.Collections.Immutable;
using Gaudi.Actors.Protocols.Reports;
using Gaudi.Cluster.Node;
using Gaudi.Hpu.Cards.Probe;
using Gaudi.Hpu.Platforms;
using Gaudi.Hpu.Plugins;

namespace Gaudi.Cluster.Commands;

/// <summary>What this machine has, asked without a server: its plugins are listed, or loaded into this process.</summary>
internal sealed class ThisMachine
{
    private readonly PluginHost _host;

    internal ThisMachine(Terminal terminal)
    {
        // As `gaudi node` would start here: with the cards that are found, or simulated ones.
        var settings = NodeSettings.Load(
            AppContext.BaseDirectory, NodeOptions.ForListing, flags: "", neededCards: _ => 0, MachineProbe.OfThisMachine());
        _host = WorkerPlugins.Create(settings.Gaudi, terminal.Error);
    }

    private static string Name => Environment.MachineName;

    /// <summary>Every entry point found. Nothing of a plugin runs.</summary>
    internal ImmutableArray<PluginRow> Plugins() =>
    [
        .. _host.List().Select(plugin => new PluginRow(
            Name, Card: null, Pid: null, plugin.Group, plugin.Name, plugin.Value, plugin.Assembly, plugin.Version,
            plugin.Outcome, plugin.Reason, plugin.DurationMs)),
    ];

    /// <summary>Which platform a worker started now would run on.</summary>
    internal PlatformReport Platform() => Load().Platform;

    /// <summary>Which ops a worker started now would have.</summary>
    internal OpsReport Ops()
    {
        Load();
        var report = _host.Registry.Seal().Report();
        return new OpsReport(report.Digest, [], report.Ops);
    }

    /// <summary>The cards of the platform.</summary>
    internal ImmutableArray<CardRow> Cards() =>
    [
        .. Load().ActivePlatform.Cards.Select(card => new CardRow(
            Name, card.Index, card.Generation.ToString().ToLowerInvariant(), card.IsSimulated, "idle", WorkerPid: null,
            Rank: null, Group: null, Epoch: null, card.MemoryBytes, UsedBytes: 0, Digest: null)),
    ];

    private PluginLoad Load()
    {
        var load = _host.Load();
        return load.Fatal is null ? load : throw new CommandException(load.Fatal);
    }
}
