using Gaudi.Actors.Devices;

namespace Gaudi.Cluster.Node;

/// <summary>
/// The first start of each worker of a node that lends cards. A worker that is lost before it ever joined ends the node's
/// start: what is tried again later, when others count on the card, is final while nobody does. One thread.
/// </summary>
internal sealed class FirstStarts
{
    private readonly HashSet<int> _joined = [];

    /// <summary>Takes the next event.</summary>
    /// <exception cref="NodeStartException">A worker was lost that never joined.</exception>
    internal void See(NodeEvent happened)
    {
        if (happened is NodeEvent.WorkerJoined joined)
            _joined.Add(joined.Worker.CardIndex);
        else if (happened is NodeEvent.WorkerLost lost && !_joined.Contains(lost.CardIndex))
            throw new NodeStartException($"card {lost.CardIndex} cannot be lent: {lost.Reason}");
    }
}
