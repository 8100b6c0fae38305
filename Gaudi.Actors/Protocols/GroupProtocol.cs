using System.Collections.Immutable;
using Akka.Actor;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.KvTransfer;
using Gaudi.Hpu.Models.Lora;

namespace Gaudi.Actors.Protocols;

/// <summary>A message of one epoch of a group. Receivers drop and count those of another epoch.</summary>
public interface IGroupMessage : IWireMessage
{
    /// <summary>Which group.</summary>
    string GroupId { get; }

    /// <summary>Which life of the group; grows by one each time it is formed.</summary>
    long Epoch { get; }
}

/// <summary>Makes a card one rank of a group: connect the lane, load the slice. A higher epoch ends the lower one.</summary>
/// <param name="GroupId">Which group.</param>
/// <param name="Epoch">Refused when this worker has seen a higher one.</param>
/// <param name="Rank">From 0.</param>
/// <param name="Endpoints">Every rank's lane, in rank order; its length is the world size.</param>
/// <param name="GroupToken">The lane's secret.</param>
/// <param name="ExpectedDigest">Rank 0's op registry: a rank with another one refuses.</param>
/// <param name="Model">What to load.</param>
/// <param name="ReplyTo">Who forms the group.</param>
public sealed record PrepareRank(
    string GroupId, long Epoch, int Rank, ImmutableArray<string> Endpoints, string GroupToken, string ExpectedDigest,
    ModelRunnerSettings Model, IActorRef ReplyTo) : IGroupMessage
{
    /// <summary>The adapters that the rank is to have: others it has are forgotten.</summary>
    public ImmutableArray<LoraAdapter> Loras { get; init; } = [];
}

/// <summary>The rank holds its slice and its lane is up.</summary>
public sealed record RankPrepared(string GroupId, long Epoch, int Rank, string Digest, ModelRunnerFacts Facts) : IGroupMessage
{
    /// <summary>Adapters that it was to load and could not. The model itself is served.</summary>
    public ImmutableArray<LoraRefusal> LoraRefusals { get; init; } = [];
}

/// <summary>The rank cannot take part.</summary>
/// <param name="GroupId">Which group.</param>
/// <param name="Epoch">Of the PrepareRank it answers.</param>
/// <param name="Rank">Of the PrepareRank it answers.</param>
/// <param name="Reason">What was expected, what came, what to do.</param>
/// <param name="IsFinal">True when trying again cannot help, such as heads that do not divide.</param>
/// <param name="NewestEpoch">The highest epoch this worker has seen of the group: a maker that moved starts above it.</param>
public sealed record RankRefused(
    string GroupId, long Epoch, int Rank, string Reason, bool IsFinal, long NewestEpoch) : IGroupMessage
{
    /// <summary>The other group that has this card; null where that is not why.</summary>
    public string? HeldBy { get; init; }
}

/// <summary>Every rank is prepared: steps of this epoch may come.</summary>
public sealed record CommitGroup(string GroupId, long Epoch) : IGroupMessage;

/// <summary>Runs one step on a rank.</summary>
/// <param name="GroupId">Which group.</param>
/// <param name="Epoch">Which epoch.</param>
/// <param name="Plan">Its step numbers count from 1 without gaps in an epoch; a gap is answered by StepFailed.</param>
/// <param name="ReplyTo">Who gathers the ranks' answers.</param>
public sealed record RunStep(string GroupId, long Epoch, StepPlan Plan, IActorRef ReplyTo) : IGroupMessage;

/// <summary>A rank finished a step.</summary>
/// <param name="GroupId">Which group.</param>
/// <param name="Epoch">Which epoch.</param>
/// <param name="Rank">Which rank.</param>
/// <param name="Output">Tokens, and the digest of the logits they were drawn from: equal on every rank.</param>
/// <param name="CollectiveCount">Collective calls completed in this epoch: equal on every rank.</param>
public sealed record StepCompleted(
    string GroupId, long Epoch, int Rank, StepOutput Output, long CollectiveCount) : IGroupMessage;

/// <summary>A rank could not finish a step; the epoch is over.</summary>
public sealed record StepFailed(string GroupId, long Epoch, int Rank, long StepNumber, string Reason) : IGroupMessage;

/// <summary>A rank's transfers went on, in a step or between two.</summary>
/// <param name="GroupId">Which group.</param>
/// <param name="Epoch">Which epoch.</param>
/// <param name="Rank">Which rank.</param>
/// <param name="News">What ended since it told last.</param>
public sealed record TransfersMoved(string GroupId, long Epoch, int Rank, KvTransferNews News) : IGroupMessage;

/// <summary>Ends an epoch on a worker: every blocked rank is freed. Handled beside the rank, not in its mailbox.</summary>
/// <param name="GroupId">Which group.</param>
/// <param name="Epoch">Which epoch.</param>
/// <param name="Reason">Why.</param>
/// <param name="Rank">Which rank the worker has in it.</param>
/// <param name="ReplyTo">Told by <see cref="RankFreed"/> when the rank is out of its step; null when nobody waits.</param>
public sealed record AbortEpoch(string GroupId, long Epoch, string Reason, int Rank, IActorRef? ReplyTo) : IGroupMessage;

/// <summary>A rank is out of what it did in an epoch that is over: a rank that does not say so hangs.</summary>
public sealed record RankFreed(string GroupId, long Epoch, int Rank) : IGroupMessage;

/// <summary>Takes a rank out of its group: weights, blocks and lane are given back, and the card is free.</summary>
public sealed record ReleaseRank(string GroupId, long Epoch, string Reason) : IGroupMessage;
