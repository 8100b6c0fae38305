using System.Collections.Immutable;
using Akka.Actor;

namespace Gaudi.Actors.Hosting;

/// <summary>A model this node's gateway serves.</summary>
/// <param name="ModelNames">The names clients may use.</param>
/// <param name="ReplicaId">`{model}/{index}`.</param>
/// <param name="Replicas">Takes replica messages: the shard region.</param>
public sealed record ServedReplica(ImmutableArray<string> ModelNames, string ReplicaId, IActorRef Replicas);
