using Gaudi.Actors.Protocols;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.KvTransfer;
using Gaudi.Hpu.Models.Lora;

namespace Gaudi.Actors.TensorParallel;

/// <summary>From the replica: run this on every rank. Only while the group is serving; one at a time.</summary>
/// <param name="Epoch">The epoch the plan was made for; another one's plan is dropped.</param>
/// <param name="Plan">Numbered from 1 in each epoch.</param>
public sealed record RunGroupStep(long Epoch, StepPlan Plan) : ILocalMessage;

/// <summary>To the replica: rank 0's result, which every rank agrees with.</summary>
public sealed record GroupStepped(long Epoch, StepOutput Output) : ILocalMessage
{
    /// <summary>Messages of another epoch that the supervisor has dropped.</summary>
    public long StaleCount { get; init; }
}

/// <summary>To the replica: what a rank's transfers have come to.</summary>
public sealed record GroupTransfersMoved(long Epoch, int Rank, KvTransferNews News) : ILocalMessage;

/// <summary>To the replica: the group serves or it does not. A running step of an older epoch is over without result.</summary>
/// <param name="Group">The state now.</param>
public sealed record GroupChanged(TpGroup Group) : ILocalMessage;

/// <summary>From the replica: load this on every rank, and on those of later epochs.</summary>
public sealed record LoadGroupLora(LoraAdapter Adapter) : ILocalMessage;

/// <summary>From the replica: no step names this adapter any more.</summary>
public sealed record DropGroupLora(string LoraId) : ILocalMessage;

/// <summary>To the replica: every rank has an adapter, or none has, be it that a new rank could not load what the others had.</summary>
/// <param name="LoraId">Of the adapter.</param>
/// <param name="Refusal">Why not; null when every rank has it.</param>
/// <param name="IsUnavailable">True where the epoch ended before every rank had answered.</param>
public sealed record GroupLoraLoaded(string LoraId, string? Refusal, bool IsUnavailable) : ILocalMessage;
