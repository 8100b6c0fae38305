using Akka.Actor;

namespace Gaudi.Actors.Protocols;

/// <summary>
/// Asks a replica how it is, now and at every change. It is repeated: one that came up elsewhere learns that way who wants to
/// know, and each answer shows that it lives.
/// </summary>
/// <param name="ReplicaId">Which replica.</param>
/// <param name="Watcher">A gateway; forgotten when it ends.</param>
public sealed record WatchReplica(string ReplicaId, IActorRef Watcher) : IReplicaMessage;

/// <summary>How a replica is, for whoever chooses among replicas.</summary>
/// <param name="ReplicaId">Which one.</param>
/// <param name="State">forming, serving or degraded.</param>
/// <param name="IsFinal">True when waiting for it cannot help.</param>
/// <param name="Epoch">The newest of its group: what an older one had cached is gone.</param>
public sealed record ReplicaChanged(string ReplicaId, string State, bool IsFinal, long Epoch) : IWireMessage;
