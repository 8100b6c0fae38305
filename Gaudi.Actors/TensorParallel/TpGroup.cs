using System.Collections.Immutable;
using Gaudi.Actors.Protocols;
using Gaudi.Hpu;
using Gaudi.Hpu.Execution;

namespace Gaudi.Actors.TensorParallel;

/// <summary>Where a group stands.</summary>
public enum TpGroupState
{
    /// <summary>No cards, or not enough.</summary>
    Degraded,

    /// <summary>Ranks connect and load.</summary>
    Forming,

    /// <summary>Every rank is prepared; no step runs.</summary>
    Serving,

    /// <summary>A step runs on every rank.</summary>
    Stepping,

    /// <summary>The epoch is over, and not every rank is out of it yet.</summary>
    Draining,
}

/// <summary>
/// One group's state: immutable, no actor in it. Every change returns the next state; messages of another epoch change
/// nothing and are counted.
/// </summary>
/// <param name="GroupId">Which group.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Epoch">Of the newest formation; 0 before the first.</param>
/// <param name="Cards">By rank; empty when degraded.</param>
/// <param name="Prepared">What each rank said, by rank; null where it has not.</param>
/// <param name="Completed">What each rank gave for the running step; null where it has not.</param>
/// <param name="StepNumber">Of the running or last step in this epoch.</param>
/// <param name="Reason">Why it is degraded.</param>
/// <param name="IsFinal">True when forming again cannot help.</param>
/// <param name="StaleCount">Messages of another epoch so far.</param>
public sealed record TpGroup(
    string GroupId, TpGroupState State, long Epoch, ImmutableArray<CardOffer> Cards,
    ImmutableArray<ModelRunnerFacts?> Prepared, ImmutableArray<StepCompleted?> Completed, long StepNumber, string Reason,
    bool IsFinal, long StaleCount)
{
    /// <summary>A group before its first formation.</summary>
    public static TpGroup Empty(string groupId) =>
        new(groupId, TpGroupState.Degraded, 0, [], [], [], 0, "it has not been formed yet", false, 0);

    /// <summary>True when it is final because too few cards are left that may be used again.</summary>
    public bool IsOutOfCards { get; init; }

    /// <summary>Why the last epoch is over.</summary>
    public EpochEnd Cause { get; init; }

    /// <summary>By rank, while draining: whether it is out of the epoch, or gone.</summary>
    public ImmutableArray<bool> Freed { get; init; } = [];

    /// <summary>True when every rank is out of an epoch that is over.</summary>
    public bool IsDrained => State == TpGroupState.Draining && Freed.All(isFree => isFree);

    /// <summary>How many ranks.</summary>
    public int WorldSize => Cards.Length;

    /// <summary>True when every rank is prepared.</summary>
    public bool IsPrepared => State == TpGroupState.Forming && Prepared.All(facts => facts is not null);

    /// <summary>True when every rank gave its answer to the running step.</summary>
    public bool IsStepComplete => State == TpGroupState.Stepping && Completed.All(step => step is not null);

    /// <summary>Starts a new epoch with these cards.</summary>
    public TpGroup Form(ImmutableArray<CardOffer> cards) => this with
    {
        State = TpGroupState.Forming, Epoch = Epoch + 1, Cards = cards, Prepared = [.. cards.Select(_ => (ModelRunnerFacts?)null)],
        Completed = [], StepNumber = 0, Reason = "", IsFinal = false,
    };

    /// <summary>Starts above an epoch that some worker has seen.</summary>
    public TpGroup After(long epoch) => this with { Epoch = Math.Max(Epoch, epoch) };

    /// <summary>A rank is prepared.</summary>
    public TpGroup With(RankPrepared prepared) => IsStale(prepared) || State != TpGroupState.Forming
        ? Stale()
        : this with { Prepared = Prepared.SetItem(prepared.Rank, prepared.Facts) };

    /// <summary>Every rank is prepared: steps may run.</summary>
    public TpGroup Commit()
    {
        Invariant.That(IsPrepared, $"epoch {Epoch} was committed before every rank was prepared");
        return this with { State = TpGroupState.Serving };
    }

    /// <summary>A step starts on every rank.</summary>
    public TpGroup Step(long stepNumber)
    {
        Invariant.That(
            State == TpGroupState.Serving && stepNumber == StepNumber + 1, $"step {stepNumber} after {StepNumber} while {State}");
        return this with
        {
            State = TpGroupState.Stepping, StepNumber = stepNumber, Completed = [.. Cards.Select(_ => (StepCompleted?)null)],
        };
    }

    /// <summary>A rank finished the step.</summary>
    public TpGroup With(StepCompleted step) =>
        IsStale(step) || State != TpGroupState.Stepping || step.Output.StepNumber != StepNumber
            ? Stale()
            : this with { Completed = Completed.SetItem(step.Rank, step) };

    /// <summary>The step is complete: rank 0's tokens count.</summary>
    /// <returns>The next state, the output, and a sentence when the ranks disagree.</returns>
    public (TpGroup Next, StepOutput Output, string? Disagreement) Take()
    {
        Invariant.That(IsStepComplete, $"step {StepNumber} was taken before every rank finished it");
        var first = Completed[0]!;
        var odd = Completed.FirstOrDefault(step =>
            step!.Output.LogitsDigest != first.Output.LogitsDigest || step.CollectiveCount != first.CollectiveCount);
        var disagreement = odd is null ? null
            : $"rank {odd.Rank} has logits {odd.Output.LogitsDigest:x16} after {odd.CollectiveCount} collectives, rank 0 has " +
              $"{first.Output.LogitsDigest:x16} after {first.CollectiveCount}";
        return (this with { State = TpGroupState.Serving, Completed = [] }, first.Output, disagreement);
    }

    /// <summary>The epoch is over: its ranks get free of it.</summary>
    public TpGroup Drain(string reason, bool isFinal, EpochEnd cause) => this with
    {
        State = TpGroupState.Draining, Reason = reason, IsFinal = isFinal, Cause = cause, Completed = [],
        Freed = [.. Cards.Select(_ => false)],
    };

    /// <summary>A rank is out of the epoch that is over.</summary>
    public TpGroup With(RankFreed freed) =>
        IsStale(freed) || State != TpGroupState.Draining || freed.Rank < 0 || freed.Rank >= Freed.Length ? Stale() : Free(freed.Rank);

    /// <summary>A rank is out of the epoch that is over, or its worker is gone.</summary>
    public TpGroup Free(int rank) => this with { Freed = Freed.SetItem(rank, true) };

    /// <summary>The epoch is over, or cannot begin.</summary>
    public TpGroup Degrade(string reason, bool isFinal) => this with
    {
        State = TpGroupState.Degraded, Reason = reason, IsFinal = isFinal, Cards = [], Prepared = [], Completed = [], Freed = [],
    };

    /// <summary>True for a message that is not of the newest epoch.</summary>
    public bool IsStale(IGroupMessage message) => message.GroupId != GroupId || message.Epoch != Epoch;

    /// <summary>One more message of another epoch.</summary>
    public TpGroup Stale() => this with { StaleCount = StaleCount + 1 };
}
