using Akka.Actor;
using Gaudi.Actors.Settings;
using Gaudi.Hpu.Execution;

namespace Gaudi.Actors.TensorParallel;

/// <summary>What a group's supervisor works with.</summary>
/// <param name="GroupId">Which group.</param>
/// <param name="Model">What each rank loads.</param>
/// <param name="Settings">World size and timeouts.</param>
/// <param name="Inventory">Gives the cards of the cluster.</param>
/// <param name="NextToken">Gives a secret no epoch had before.</param>
public sealed record TpSupervisorParts(
    string GroupId, ModelRunnerSettings Model, GroupSettings Settings, IActorRef Inventory, Func<string> NextToken);
