using System.Collections.Immutable;

namespace Gaudi.Cluster.Node;

/// <summary>What the command line says about a node, whatever it serves.</summary>
/// <param name="ClusterHost">The address the cluster's members reach this node and its workers at.</param>
/// <param name="ClusterPort">0 lets the system choose.</param>
/// <param name="Seeds">Nodes of the cluster to join; none starts one's own. A node that is among them itself may start it.</param>
/// <param name="CardCount">How many cards to use; null: all that are found, or as many simulated ones as are needed.</param>
/// <param name="SettingsFile">A HOCON file over the defaults; null for none.</param>
/// <param name="Settings">`KEY=VALUE` over the file, in order.</param>
internal sealed record NodeOptions(
    string ClusterHost, int ClusterPort, ImmutableArray<HostPort> Seeds, int? CardCount, string? SettingsFile,
    ImmutableArray<string> Settings)
{
    /// <summary>Workers beyond those that are needed; null: as the settings say.</summary>
    internal int? SpareCount { get; init; }

    /// <summary>Where members listen unless they are told otherwise: nothing outside this machine reaches it.</summary>
    internal const string Loopback = "127.0.0.1";

    /// <summary>A node that is only asked what it would have.</summary>
    internal static NodeOptions ForListing { get; } = new(Loopback, 0, [], null, null, []);

    /// <summary>The port of a node that others join.</summary>
    internal const int WellKnownPort = 4053;
}
