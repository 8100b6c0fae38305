using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Gaudi.Actors.Protocols;
using Gaudi.Hpu.Execution;

namespace Gaudi.Actors.TensorParallel;

/// <summary>
/// Runs the ranks of one group on cards that may sit on several nodes: chooses cards, forms an epoch, fans steps out and
/// gathers them. Anything wrong ends the epoch everywhere; the next one starts on the cards that are there then.
/// </summary>
public sealed class TpSupervisor : ReceiveActor, IWithTimers
{
    private readonly TpSupervisorParts _parts;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private ImmutableArray<CardOffer> _cards = [];
    private TpGroup _group;
    private string? _leaving;
    private readonly GroupLoras _loras = new();

    /// <summary>Takes what it works with.</summary>
    public TpSupervisor(TpSupervisorParts parts)
    {
        _parts = parts;
        _group = TpGroup.Empty(parts.GroupId);
        Receive<InventoryChanged>(Look);
        Receive<FormNow>(_ => Form());
        Receive<RankPrepared>(Prepared);
        Receive<RankRefused>(Refused);
        Receive<RunGroupStep>(Run);
        Receive<StepCompleted>(Completed);
        Receive<LoadGroupLora>(Load);
        Receive<LoraLoaded>(Loaded);
        Receive<DropGroupLora>(drop => Drop(drop.LoraId));
        Receive<StepFailed>(failed => EndIfCurrent(failed, $"rank {failed.Rank}: {failed.Reason}"));
        Receive<TransfersMoved>(Moved);
        Receive<TookTooLong>(late =>
        {
            if (late.Epoch == _group.Epoch)
                End($"{late.What} took longer than {late.Limit.TotalSeconds:0.#} s", isFinal: false);
        });
        Receive<Terminated>(gone => LostWorker(gone.ActorRef));
    }

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    /// <inheritdoc />
    protected override void PreStart() => _parts.Inventory.Tell(new WatchInventory(Self));

    /// <inheritdoc />
    protected override void PostStop() =>
        TellRanks(epoch => new ReleaseRank(_group.GroupId, epoch, "the replica was stopped"));

    private void Look(InventoryChanged inventory)
    {
        _cards = inventory.Cards;
        var lost = _group.Cards
            .Where(card => !_cards.Any(now => now.IsReady && now.Worker!.Equals(card.Worker)))
            .Select(card => (card.Name, Now: _cards.FirstOrDefault(now => now.Name == card.Name)))
            .OrderBy(card => card.Now is { IsTakenOut: true })
            .FirstOrDefault();
        if (lost is { Now: { IsTakenOut: true } taken })
            Leave($"{taken.Name} is taken out: {taken.Reason}");
        else if (lost.Name is not null)
            End($"{lost.Name} was lost: {lost.Now?.Reason ?? "its node is gone"}", false, EpochEndCause.RankLost);
        else if (_group is { State: TpGroupState.Degraded, IsFinal: false })
            Form();
    }

    // A step that runs ends first, with its result: nobody loses a token by it, and no request is blamed.
    private void Leave(string reason)
    {
        _leaving = reason;
        if (_group.State != TpGroupState.Stepping)
            End(reason, isFinal: false, EpochEndCause.Deliberate);
    }

    private void Form()
    {
        if (_group.State != TpGroupState.Degraded)
            return;
        var (cards, missing) = Placement.Choose(_cards, _parts.Settings.TensorParallelSize, ImmutableHashSet<string>.Empty);
        if ((missing.Length > 0 ? missing : RegistryDiff.Of(cards)) is { } obstacle)
        {
            Change(_group.Degrade(obstacle, isFinal: false));
            return;
        }
        Change(_group.Form(cards));
        ImmutableArray<string> endpoints = [.. cards.Select(card => card.Endpoint)];
        var token = _parts.NextToken();
        for (var rank = 0; rank < cards.Length; rank++)
        {
            Context.Watch(cards[rank].Worker!);
            cards[rank].Worker!.Tell(new PrepareRank(
                _group.GroupId, _group.Epoch, rank, endpoints, token, cards[0].Digest, _parts.Model, Self)
            {
                Loras = _loras.Loaded,
            });
        }
        Limit("forming the group", _parts.Settings.PrepareTimeout);
    }

    private void Prepared(RankPrepared prepared)
    {
        if (!_group.IsStale(prepared))
            _loras.Note(prepared);
        _group = _group.With(prepared);
        if (!_group.IsPrepared)
            return;
        if (_group.Prepared.Select(Shared).Distinct().Count() > 1)
        {
            End("the ranks disagree on the model they loaded: is the folder the same on every node?", isFinal: false);
            return;
        }
        Timers.CancelAll();
        TellRanks(epoch => new CommitGroup(_group.GroupId, epoch));
        foreach (var lost in _loras.TakeLost())
        {
            Drop(lost.LoraId);
            Context.Parent.Tell(lost);
        }
        Change(_group.Commit());
    }

    // A rank that hangs in it is found by the limit of the step it waits behind, and then by this one.
    private void Load(LoadGroupLora load)
    {
        if (_group.State is not (TpGroupState.Serving or TpGroupState.Stepping))
        {
            Context.Parent.Tell(new GroupLoraLoaded(load.Adapter.Id, $"the group does not serve: {_group.Reason}", IsUnavailable: true));
            return;
        }
        _loras.Begin(load.Adapter, _group.WorldSize);
        TellRanks(epoch => new LoadLora(_group.GroupId, epoch, load.Adapter, Self));
        if (_group.State == TpGroupState.Serving)
            Limit($"loading adapter {load.Adapter.Name}", _parts.Settings.PrepareTimeout);
    }

    private void Loaded(LoraLoaded loaded)
    {
        if (_group.IsStale(loaded))
            _group = _group.Stale();
        else if (_loras.Take(loaded) is { } whole)
        {
            if (_group.State == TpGroupState.Serving && !_loras.AreLoading)
                Timers.CancelAll();
            if (whole.Refusal is not null)
                Drop(whole.LoraId);
            Context.Parent.Tell(whole);
        }
    }

    private void Drop(string loraId)
    {
        _loras.Drop(loraId);
        TellRanks(epoch => new DropLora(_group.GroupId, epoch, loraId));
    }

    // What every rank must agree on; bytes and notes are each rank's own.
    private static (string, string, int, int, int) Shared(ModelRunnerFacts? facts) =>
        (facts!.Architecture, facts.Dtype, facts.VocabularySize, facts.MaxModelLen, facts.BlockSizeTokens);

    private void Refused(RankRefused refused)
    {
        if (_group.IsStale(refused))
            _group = _group.Stale();
        else if (_group.State == TpGroupState.Forming)
            End($"rank {refused.Rank} ({_group.Cards[refused.Rank].Name}): {refused.Reason}", refused.IsFinal);
        // After the end, so that the abort names the epoch the other ranks are in.
        if (_group.State == TpGroupState.Degraded)
            _group = _group.After(refused.NewestEpoch);
    }

    private void Run(RunGroupStep run)
    {
        if (run.Epoch != _group.Epoch || _group.State != TpGroupState.Serving)
        {
            _log.Debug("dropped a plan of epoch {Epoch}; the group is {State} in {Newest}", run.Epoch, _group.State, _group.Epoch);
            return;
        }
        _group = _group.Step(run.Plan.StepNumber);
        TellRanks(epoch => new RunStep(_group.GroupId, epoch, run.Plan, Self));
        // A rank loads an adapter between steps: the step behind it waits.
        var loading = _loras.AreLoading ? _parts.Settings.PrepareTimeout : TimeSpan.Zero;
        Limit($"step {run.Plan.StepNumber}", _parts.Settings.StepTimeout + loading);
    }

    private void Completed(StepCompleted step)
    {
        _group = _group.With(step);
        if (!_group.IsStepComplete)
            return;
        Timers.CancelAll();
        if (_loras.AreLoading)
            Limit("loading an adapter", _parts.Settings.PrepareTimeout);
        (_group, var output, var disagreement) = _group.Take();
        if (disagreement is null)
            Context.Parent.Tell(new GroupStepped(_group.Epoch, output) { StaleCount = _group.StaleCount });
        else
            End(disagreement, isFinal: false);
        if (_leaving is { } reason)
            End(reason, isFinal: false, EpochEndCause.Deliberate);
    }

    // Every rank tells its own: what one has read, another may still be writing.
    private void Moved(TransfersMoved moved)
    {
        if (_group.IsStale(moved))
            _group = _group.Stale();
        else
            Context.Parent.Tell(new GroupTransfersMoved(moved.Epoch, moved.Rank, moved.News));
    }

    private void EndIfCurrent(IGroupMessage message, string reason)
    {
        if (_group.IsStale(message))
            _group = _group.Stale();
        else
            End(reason, isFinal: false);
    }

    private void LostWorker(IActorRef worker)
    {
        if (_group.Cards.FirstOrDefault(card => worker.Equals(card.Worker)) is { } card)
            End($"{card.Name} was lost: its worker is gone", isFinal: false, EpochEndCause.RankLost);
    }

    private void End(string reason, bool isFinal, EpochEndCause cause = EpochEndCause.StepFault)
    {
        _leaving = null;
        if (_group.State == TpGroupState.Degraded)
            return;
        Timers.CancelAll();
        // The change is news that whoever minds the node tells; here it would be said twice.
        _log.Debug("epoch {Epoch} of {Group} is over: {Reason}", _group.Epoch, _group.GroupId, reason);
        TellRanks(epoch => new AbortEpoch(_group.GroupId, epoch, reason));
        foreach (var ended in _loras.EndEpoch(reason))
            Context.Parent.Tell(ended);
        foreach (var card in _group.Cards)
            Context.Unwatch(card.Worker!);
        Change(_group.Degrade(reason, isFinal) with { EndCause = cause });
        if (!isFinal)
            Timers.StartSingleTimer(nameof(FormNow), new FormNow(), _parts.Settings.ReformDelay);
    }

    private void TellRanks(Func<long, IGroupMessage> message)
    {
        foreach (var card in _group.Cards)
            card.Worker!.Tell(message(_group.Epoch));
    }

    private void Limit(string what, TimeSpan limit) =>
        Timers.StartSingleTimer(nameof(TookTooLong), new TookTooLong(_group.Epoch, what, limit), limit);

    private void Change(TpGroup group)
    {
        var isNews = group.State != _group.State || group.Reason != _group.Reason;
        _group = group;
        if (isNews)
            Context.Parent.Tell(new GroupChanged(group));
    }

    private sealed record FormNow : ILocalMessage;

    private sealed record TookTooLong(long Epoch, string What, TimeSpan Limit) : ILocalMessage;
}
