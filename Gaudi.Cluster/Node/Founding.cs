using System.Collections.Immutable;

namespace Gaudi.Cluster.Node;

/// <summary>
/// Who may start a cluster when nobody lets it in. Pure. Two halves of a broken network never both hold most of the nodes, so
/// they never both start one; and of those that see each other the first does.
/// </summary>
internal static class Founding
{
    /// <summary>True when this node listens among most of the nodes, and is the first of those that listen.</summary>
    /// <param name="self">This node.</param>
    /// <param name="nodes">All of them, in an order that is the same everywhere. Without this node among them it never starts one.</param>
    /// <param name="listening">Others of them that accept connections now.</param>
    internal static bool IsMine(HostPort self, ImmutableArray<HostPort> nodes, IReadOnlyCollection<HostPort> listening)
    {
        var living = nodes.Distinct().Where(node => node == self || listening.Contains(node)).ToList();
        return living.FirstOrDefault() == self && living.Count * 2 > nodes.Distinct().Count();
    }
}
