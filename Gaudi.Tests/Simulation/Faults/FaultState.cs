namespace Gaudi.Tests.Simulation.Faults;

/// <summary>Faults that show when a worker starts, and those that requests bring.</summary>
internal sealed class FaultState
{
    private readonly SortedDictionary<(int Box, int Card), string> _plugins = [];
    private readonly SortedDictionary<int, string> _versions = [];

    /// <summary>Seeds of requests that end the process of a rank that computes them.</summary>
    internal SortedSet<long> PoisonSeeds { get; } = [];

    /// <summary>The next worker of a card finds such a plugin: throws or hangs; null for a good one.</summary>
    internal void Plugin(int box, int card, string? how)
    {
        if (how is null)
            _plugins.Remove((box, card));
        else
            _plugins[(box, card)] = how;
    }

    /// <summary>Workers that start on a box from now on have another version of a plugin; null for the usual one.</summary>
    internal void Version(int box, string? version)
    {
        if (version is null)
            _versions.Remove(box);
        else
            _versions[box] = version;
    }

    /// <summary>Whether the further plugin throws when it registers.</summary>
    internal bool PluginThrows(int box, int card) => _plugins.GetValueOrDefault((box, card)) == "throws";

    /// <summary>Whether it never comes back.</summary>
    internal bool PluginHangs(int box, int card) => _plugins.GetValueOrDefault((box, card)) == "hangs";

    /// <summary>The version of the further plugin on a box.</summary>
    internal string PluginVersion(int box) => _versions.GetValueOrDefault(box) ?? "1.0.0";
}
