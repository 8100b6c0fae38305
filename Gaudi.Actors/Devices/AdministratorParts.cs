using System.Collections.Immutable;
using Akka.Actor;

namespace Gaudi.Actors.Devices;

/// <summary>What a <see cref="ClusterAdministrator"/> works with.</summary>
/// <param name="Inventory">The cards of the cluster.</param>
/// <param name="Replicas">Takes replica messages.</param>
/// <param name="ReplicaIds">Of the server.</param>
/// <param name="Period">Between two questions to the replicas.</param>
/// <param name="Limit">For one card to come back, and for every replica to serve again after it.</param>
/// <param name="Announce">Takes events for people.</param>
public sealed record AdministratorParts(
    IActorRef Inventory, ICanTell Replicas, ImmutableArray<string> ReplicaIds, TimeSpan Period, TimeSpan Limit,
    Action<NodeEvent> Announce);
