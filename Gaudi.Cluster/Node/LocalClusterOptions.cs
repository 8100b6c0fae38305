using System.Collections.Immutable;
using System.Globalization;

namespace Gaudi.Cluster.Node;

/// <summary>Nodes of one cluster on one machine.</summary>
/// <param name="NodeCount">From 1.</param>
/// <param name="Port">Of HTTP, at each node's address; 0 lets the system choose.</param>
/// <param name="ClusterPort">At each node's address.</param>
/// <param name="Further">Arguments of `gaudi serve`, for every node.</param>
internal sealed record LocalClusterOptions(int NodeCount, int Port, int ClusterPort, ImmutableArray<string> Further)
{
    /// <summary>The hidden option of `gaudi serve` that ties it to the process that started it.</summary>
    internal const string ParentOption = "--parent-pid";

    /// <summary>The address of a node, counted from 1. Linux has all of 127.0.0.0/8 without being told.</summary>
    internal static string HostOf(int node) => string.Create(CultureInfo.InvariantCulture, $"127.0.0.{node}");

    /// <summary>What starts a node. All get the same list of nodes, so any of them may be started again.</summary>
    /// <param name="node">From 1.</param>
    /// <param name="parentPid">The process that it is not to outlive.</param>
    internal ImmutableArray<string> ArgumentsOf(int node, int parentPid) =>
    [
        "serve", .. Further, ParentOption, Text(parentPid),
        "--host", HostOf(node), "--port", Text(Port), "--cluster-host", HostOf(node), "--cluster-port", Text(ClusterPort),
        .. Enumerable.Range(1, NodeCount).SelectMany(one => new[] { "--join", new HostPort(HostOf(one), ClusterPort).ToString() }),
    ];

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
