using Gaudi.Actors.Constraints;
using Gaudi.Actors.Devices;
using Gaudi.Actors.Settings;
using Gaudi.Actors.TensorParallel;

namespace Gaudi.Actors.Requests;

/// <summary>What a replica works with.</summary>
/// <param name="ReplicaId">`{model}/{index}`.</param>
/// <param name="Group">For the group's supervisor.</param>
/// <param name="Scheduler">Limits.</param>
/// <param name="Constraints">Compiles the forms that answers must have.</param>
/// <param name="Announce">Told every change of the group, for the node's people.</param>
public sealed record ReplicaParts(
    string ReplicaId, TpSupervisorParts Group, SchedulerSettings Scheduler, IConstraintCompiler Constraints,
    Action<NodeEvent> Announce)
{
    /// <summary>How blocks are handed over, or taken; null where the group has no connector.</summary>
    public KvTransferSettings? KvTransfer { get; init; }

    /// <summary>Measures how long choices wait; decides nothing.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
