using Gaudi.Actors.Devices;
using Gaudi.Actors.Protocols;

namespace Gaudi.Cluster.Node;

/// <summary>
/// When a node has nothing left to do: no replica it told of can ever be served again, or, where it only lends cards, all of them
/// are left out. A process that goes on without use would hide that from whoever minds it. One thread.
/// </summary>
/// <param name="lentCards">Cards of a node that only lends; null where it serves.</param>
internal sealed class GivingUp(int? lentCards)
{
    private readonly SortedDictionary<string, ReplicaStatus> _replicas = new(StringComparer.Ordinal);
    private readonly SortedDictionary<int, string> _leftOut = [];

    /// <summary>Takes the next event.</summary>
    /// <exception cref="NodeStartException">It was the last straw; says which.</exception>
    internal void See(NodeEvent happened)
    {
        switch (happened)
        {
            case NodeEvent.GroupChanged { Status: var status }:
                _replicas[status.ReplicaId] = status;
                if (_replicas.Values.All(one => one.IsFinal))
                    throw new NodeStartException($"{status.ReplicaId} can never be served again, so this node ends: {status.Reason}");
                break;
            case NodeEvent.WorkerLost { IsFinal: true } lost:
                _leftOut[lost.CardIndex] = lost.Reason;
                if (_leftOut.Count == lentCards)
                    throw new NodeStartException(
                        "every card of this node is left out, so it ends: "
                        + string.Join("; ", _leftOut.Select(one => $"card {one.Key}: {one.Value}")));
                break;
        }
    }
}
