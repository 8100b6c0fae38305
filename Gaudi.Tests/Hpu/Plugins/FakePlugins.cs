using System.Collections.Immutable;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Plugins;

namespace Gaudi.Tests.Hpu.Plugins;

/// <summary>Plugins that exist in memory only, in the order they are added.</summary>
internal sealed class FakePlugins : IPluginSource
{
    private readonly List<(DiscoveredPlugin Plugin, Func<PluginFunction> Resolve)> _plugins = [];

    internal FakePlugins Platform(
        string name, Func<PluginContext, string?> register, string assembly = "Fake", Type? type = null) => Add(
        Declared(EntryPointGroups.Platform, name, assembly),
        () => new PluginFunction { Register = register, FindType = wanted => wanted == type?.FullName ? type : null });

    internal FakePlugins General(
        string name, Action<OpRegistration> registerOps, string assembly = "Fake",
        Func<DiscoveredPlugin, DiscoveredPlugin>? declare = null)
    {
        var plugin = Declared(EntryPointGroups.General, name, assembly);
        return Add(declare is null ? plugin : declare(plugin), () => new PluginFunction { RegisterOps = registerOps });
    }

    internal FakePlugins Unloadable(string group, string name, Exception error) =>
        Add(Declared(group, name, "Broken"), () => throw error);

    internal FakePlugins OfGroup(string group, string name) =>
        Add(Declared(group, name, "Fake"), () => throw new InvalidOperationException("nobody loads this group"));

    public ImmutableArray<DiscoveredPlugin> Discover(Action<PluginLogLine> problem) =>
        [.. _plugins.Select(p => p.Plugin)];

    public PluginFunction Resolve(DiscoveredPlugin plugin) =>
        _plugins.First(p => ReferenceEquals(p.Plugin, plugin)).Resolve();

    private FakePlugins Add(DiscoveredPlugin plugin, Func<PluginFunction> resolve)
    {
        _plugins.Add((plugin, resolve));
        return this;
    }

    private static DiscoveredPlugin Declared(string group, string name, string assembly) =>
        new(group, name, $"{assembly}.Entry", $"Register_{name}", assembly, "1.0.0", $"/nowhere/{assembly}.dll");
}
