using System.Collections.Immutable;
using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Platforms;

namespace Gaudi.Hpu.Plugins;

/// <summary>What a <see cref="PluginHost"/> touches of the machine. Tests put their own in place.</summary>
public sealed record PluginHostSeams
{
    /// <summary>Where plugins come from; null: the folders that the settings name.</summary>
    public IPluginSource? Source { get; init; }

    /// <summary>Sets a variable of the process so that native code sees it.</summary>
    public Action<string, string> SetEnvironment { get; init; } = LibcEnvironment.Set;

    /// <summary>Looks for cards; null: the machine's own.</summary>
    public ICardProbe? Probe { get; init; }

    /// <summary>Memory the machine has free.</summary>
    public Func<long> AvailableBytes { get; init; } = () => CardMemory.AvailableBytes();

    /// <summary>The platforms considered beside the plugins', in order.</summary>
    public ImmutableArray<BuiltInPlatform> BuiltIns { get; init; } = [BuiltInPlatform.Cpu];

    /// <summary>The in-tree ops; default: those of this assembly.</summary>
    public ImmutableArray<Type> InTreeOps { get; init; } = OpRegistry.OpsOf(typeof(OpRegistry).Assembly);

    /// <summary>Many hosts in one process must not write its environment: in simulations nothing does.</summary>
    public static PluginHostSeams InOneProcess { get; } = new() { SetEnvironment = (_, _) => { } };
}
