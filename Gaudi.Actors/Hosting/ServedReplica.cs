using System.Collections.Immutable;
using Akka.Actor;

namespace Gaudi.Actors.Hosting;

/// <summary>A model that this node's gateway serves.</summary>
/// <param name="ModelNames">The names clients may use.</param>
/// <param name="ReplicaIds">`{model}/{index}`, by index.</param>
/// <param name="Replicas">Takes replica messages: the shard region.</param>
public sealed record ServedReplica(ImmutableArray<string> ModelNames, ImmutableArray<string> ReplicaIds, IActorRef Replicas);
