using Akka.Actor;
using Gaudi.Actors.Protocols;

namespace Gaudi.Actors.Requests;

// Gateways that choose among replicas.
public sealed partial class ReplicaActor
{
    // Few: one a gateway.
    private readonly List<IActorRef> _watchers = [];

    private void Watch(WatchReplica watch)
    {
        if (!_watchers.Contains(watch.Watcher))
            _watchers.Add(Context.Watch(watch.Watcher));
        watch.Watcher.Tell(Changed());
    }

    private void TellWatchers()
    {
        foreach (var watcher in _watchers)
            watcher.Tell(Changed());
    }

    private ReplicaChanged Changed() => new(_parts.ReplicaId, Status().State, _group.IsFinal, _group.Epoch);
}
