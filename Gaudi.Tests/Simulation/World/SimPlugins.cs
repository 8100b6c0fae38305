using System.Collections.Immutable;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Plugins;

namespace Gaudi.Tests.Simulation.World;

/// <summary>
/// The plugins of one worker: the product's own, found and loaded as the product does it, and one more general plugin that can be
/// told to throw, to hang, or to be another version than on other boxes.
/// </summary>
/// <param name="version">Of the further plugin: part of the registry's digest.</param>
/// <param name="throws">Whether it throws when it registers.</param>
/// <param name="registered">Told which version of it is in force, or `none`.</param>
internal sealed class SimPlugins(string version, bool throws, Action<string> registered) : IPluginSource
{
    private static readonly FolderPluginSource Products = new(AppContext.BaseDirectory, null);
    private static readonly Lazy<ImmutableArray<DiscoveredPlugin>> Found = new(() => Products.Discover(_ => { }));
    private static readonly Dictionary<DiscoveredPlugin, PluginFunction> Functions = [];

    private readonly DiscoveredPlugin _fleet = new(
        EntryPointGroups.General, "fleet_ops", "Fleet.Entry", "RegisterOps", "Fleet", version, "/nowhere/Fleet.dll");

    public ImmutableArray<DiscoveredPlugin> Discover(Action<PluginLogLine> problem)
    {
        lock (Functions)
            return Found.Value.Add(_fleet);
    }

    public PluginFunction Resolve(DiscoveredPlugin plugin)
    {
        if (ReferenceEquals(plugin, _fleet))
            return new PluginFunction { RegisterOps = Register };
        lock (Functions)
            return Functions.TryGetValue(plugin, out var known) ? known : Functions[plugin] = Products.Resolve(plugin);
    }

    private void Register(OpRegistration registration)
    {
        registered(throws ? "none" : version);
        if (throws)
            throw new InvalidOperationException($"{registration.Origin.EntryPoint} was told to fail");
    }
}
