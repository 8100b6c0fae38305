using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Gaudi.Actors.Protocols;
using Gaudi.Hpu.Execution;

namespace Gaudi.Actors.TensorParallel;

/// <summary>
/// Runs the ranks of one group on cards that may sit on several nodes: chooses cards, forms an epoch, fans steps out and
/// gathers them. Anything wrong ends the epoch everywhere. The next one starts on the same cards, which have their weights, and
/// where one was lost on another in its place: at once when there is one, else as soon as the inventory shows one.
/// </summary>
public sealed partial class TpSupervisor : ReceiveActor, IWithTimers
{
    private readonly TpSupervisorParts _parts;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly GroupCards _cards;
    private TpGroup _group;
    private bool _waitsForCards = true;
    private string? _leaving;
    private readonly GroupLoras _loras = new();
    private readonly StepClock _clock;
    private readonly IScheduler _time = Context.System.Scheduler;
    private ((int Prompt, int Decode) Bucket, TimeSpan Began) _step;
    private bool _formsAtOnce;
    private long _nextAbove;
    private string _token = ""; // Of the newest epoch.

    /// <summary>Takes what it works with.</summary>
    public TpSupervisor(TpSupervisorParts parts)
    {
        _parts = parts;
        _group = TpGroup.Empty(parts.GroupId);
        _cards = new GroupCards(parts.GroupId, parts.Settings);
        _clock = new StepClock(parts.Settings.Hang);
        Receive<InventoryChanged>(Look);
        Receive<FormNow>(_ =>
        {
            _cards.Retry();
            KillCondemned();
            Form();
        });
        Receive<Settled>(settled =>
        {
            if (settled.Epoch == _group.Epoch && _group.State is not (TpGroupState.Degraded or TpGroupState.Draining))
                _cards.Settle();
        });
        Receive<RankPrepared>(Prepared);
        Receive<RankRefused>(Refused);
        Receive<RunGroupStep>(Run);
        Receive<StepCompleted>(Completed);
        Receive<LoadGroupLora>(Load);
        Receive<LoraLoaded>(Loaded);
        Receive<DropGroupLora>(drop => Drop(drop.LoraId));
        Receive<StepFailed>(failed => EndIfCurrent(failed, $"rank {failed.Rank}: {failed.Reason}"));
        Receive<RankFreed>(freed =>
        {
            _group = _group.With(freed);
            LeaveIfDrained();
        });
        Receive<TransfersMoved>(Moved);
        Receive<TookTooLong>(Late);
        Receive<SayAgain>(_ =>
        {
            KillCondemned();
            if (_group.State == TpGroupState.Forming)
                AskRanks();
            else if (_cards.Condemned.IsEmpty)
                Timers.Cancel(nameof(SayAgain));
        });
        Receive<GraceOver>(over =>
        {
            if (over.Epoch == _group.Epoch && _group.State == TpGroupState.Draining)
                KillHung();
        });
        Receive<Terminated>(gone => LostWorker(gone.ActorRef));
    }

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    /// <inheritdoc />
    protected override void PreStart() => _parts.Inventory.Tell(new WatchInventory(Self));

    /// <summary>The cards are free when they see this actor gone, and keep the weights: the replica may come up elsewhere.</summary>
    protected override void PostStop() =>
        Abort("the replica was stopped", null);

    private void Look(InventoryChanged inventory)
    {
        _cards.See(inventory.Cards);
        if (_group.State == TpGroupState.Draining)
            LeaveIfDrained();
        else if (_group.State != TpGroupState.Degraded)
        {
            if (_cards.Lost is { } lost)
                End(
                    $"{lost.Name} was lost: {_cards.ReasonOf(lost)}",
                    _cards.WentWithItsNode(lost) ? EpochEnd.NodeLost : EpochEnd.RankLost);
            else if (_cards.TakenOut is { } taken)
                GiveBack($"{taken.Name} is taken out: {taken.Reason}");
        }
        else
        {
            ReleaseTakenOut();
            if (!_group.IsFinal && (_waitsForCards || ((_cards.Lost ?? _cards.TakenOut) is not null && _cards.MayFormAtOnce)))
                Form();
        }
    }

    // Its node stops a worker that no group has.
    private void ReleaseTakenOut()
    {
        foreach (var card in _cards.AllTakenOut)
            card.Worker!.Tell(new ReleaseRank(_group.GroupId, _group.Epoch, "its node takes it out of use"));
    }

    // A step that runs ends first, with its result: nobody loses a token by it, and no request is blamed.
    private void GiveBack(string reason)
    {
        _leaving = reason;
        if (_group.State != TpGroupState.Stepping)
            End(reason, EpochEnd.Deliberate, isAtOnce: true);
    }

    private void Form()
    {
        if (_group.State != TpGroupState.Degraded)
            return;
        Timers.Cancel(nameof(FormNow));
        var (cards, missing) = _cards.Choose();
        if (missing.Length > 0)
        {
            Wait(missing);
            return;
        }
        _waitsForCards = false;
        if (_cards.HasNewcomer(cards))
            _clock.Cool();
        _cards.Form(cards);
        Change(_group.After(_cards.NewestEpoch).Form(cards));
        _token = _parts.NextToken();
        foreach (var card in cards)
            Context.Watch(card.Worker!);
        AskRanks();
        SayAgainLater();
        Limit("forming the group", _parts.Settings.PrepareTimeout);
    }

    // Those that have not answered: a word of either side may be lost.
    private void AskRanks()
    {
        ImmutableArray<string> endpoints = [.. _group.Cards.Select(card => card.Endpoint)];
        for (var rank = 0; rank < _group.Cards.Length; rank++)
        {
            if (_group.Prepared[rank] is not null)
                continue;
            _group.Cards[rank].Worker!.Tell(new PrepareRank(
                _group.GroupId, _group.Epoch, rank, endpoints, _token, _group.Cards[0].Digest, _parts.Model, Self)
            {
                Loras = _loras.Loaded,
            });
        }
    }

    private void SayAgainLater() => Timers.StartPeriodicTimer(nameof(SayAgain), new SayAgain(), _parts.Settings.Repeat);

    // Any change of the cards is tried at once.
    private void Wait(string missing)
    {
        foreach (var card in _cards.ToYield)
            card.Worker!.Tell(new ReleaseRank(_group.GroupId, _group.Epoch, "another group forms on it"));
        _cards.Stranger?.Worker!.Tell(new WorkerRefused($"group {_group.GroupId} cannot use it: {missing}"));
        _waitsForCards = true;
        var isOver = _cards.AreTooFewForEver;
        Change(_group.Degrade(missing, isOver) with { IsOutOfCards = isOver });
        if (_cards.IsInDoubt)
            FormLater();
    }

    private void FormLater() => Timers.StartSingleTimer(nameof(FormNow), new FormNow(), _cards.Delay);

    private void Prepared(RankPrepared prepared)
    {
        if (!_group.IsStale(prepared))
            _loras.Note(prepared);
        _group = _group.With(prepared);
        if (!_group.IsPrepared)
            return;
        if (_group.Prepared.Select(Shared).Distinct().Count() > 1)
        {
            End("the ranks disagree on the model they loaded: is the folder the same on every node?", EpochEnd.StepFault);
            return;
        }
        Timers.Cancel(nameof(TookTooLong));
        Timers.StartSingleTimer(nameof(Settled), new Settled(_group.Epoch), _parts.Settings.ReformLongest);
        _cards.Commit();
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
                Timers.Cancel(nameof(TookTooLong));
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
        if (refused.GroupId == _group.GroupId)
            _nextAbove = Math.Max(_nextAbove, refused.NewestEpoch);
        if (_group.IsStale(refused))
            _group = _group.Stale();
        else if (_group.State == TpGroupState.Forming)
        {
            var name = _group.Cards[refused.Rank].Name;
            var hasOthers = _cards.Refuse(refused);
            End($"rank {refused.Rank} ({name}): {refused.Reason}", EpochEnd.StepFault, refused.IsFinal && !hasOthers,
                isAtOnce: hasOthers || refused.NewestEpoch > _group.Epoch);
        }
        if (_group.State == TpGroupState.Degraded)
            _group = _group.After(_nextAbove);
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
        _step = (StepClock.BucketOf(run.Plan), _time.MonotonicClock);
        Limit($"step {run.Plan.StepNumber}", _clock.Limit(_step.Bucket) + loading);
    }

    private void Completed(StepCompleted step)
    {
        _group = _group.With(step);
        if (!_group.IsStepComplete)
            return;
        Timers.Cancel(nameof(TookTooLong));
        _clock.Note(_step.Bucket, _time.MonotonicClock - _step.Began);
        if (_loras.AreLoading)
            Limit("loading an adapter", _parts.Settings.PrepareTimeout);
        (_group, var output, var disagreement) = _group.Take();
        if (disagreement is null)
        {
            _cards.Settle();
            Context.Parent.Tell(new GroupStepped(_group.Epoch, output) { StaleCount = _group.StaleCount });
        }
        else
            End(disagreement, EpochEnd.StepFault);
        if (_leaving is { } reason)
            End(reason, EpochEnd.Deliberate, isAtOnce: true);
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
            End(reason, EpochEnd.StepFault);
    }

    private void LostWorker(IActorRef worker)
    {
        if (_group.Cards.FirstOrDefault(card => worker.Equals(card.Worker)) is not { } card)
            return;
        var (rank, epoch) = (_group.Cards.IndexOf(card), _group.Epoch);
        End($"{card.Name} was lost: its worker is gone", EpochEnd.RankLost);
        if (_group.State != TpGroupState.Draining || _group.Epoch != epoch)
            return;
        _group = _group.Free(rank);
        LeaveIfDrained();
    }

    /// <summary>The epoch is over. The next begins when every rank is out of this one.</summary>
    /// <param name="reason">One sentence.</param>
    /// <param name="cause">What it says about the step that ran.</param>
    /// <param name="isFinal">True when no other can follow.</param>
    /// <param name="isAtOnce">True when the next will not meet the same.</param>
    private void End(string reason, EpochEnd cause, bool isFinal = false, bool isAtOnce = false)
    {
        _leaving = null;
        if (_group.State is TpGroupState.Degraded or TpGroupState.Draining)
            return;
        // What ran keeps its limit.
        if (!Timers.IsTimerActive(nameof(TookTooLong)))
            StartGrace();
        Timers.Cancel(nameof(Settled));
        if (cause != EpochEnd.Deliberate)
            _cards.Fail();
        // The change is news that whoever minds the node tells; here it would be said twice.
        _log.Debug("epoch {Epoch} of {Group} is over: {Reason}", _group.Epoch, _group.GroupId, reason);
        Abort(reason, Self);
        foreach (var ended in _loras.EndEpoch(reason))
            Context.Parent.Tell(ended);
        _formsAtOnce = isAtOnce;
        Change(_group.Drain(reason, isFinal, cause));
        LeaveIfDrained();
    }

    // A worker that is gone answers no more.
    private void LeaveIfDrained()
    {
        for (var rank = 0; rank < _group.Freed.Length; rank++)
            if (_cards.IsLost(_group.Cards[rank]))
                _group = _group.Free(rank);
        if (_group.IsDrained)
            Leave();
    }

    private void Leave()
    {
        Timers.Cancel(nameof(TookTooLong));
        Timers.Cancel(nameof(GraceOver));
        foreach (var card in _group.Cards)
            Context.Unwatch(card.Worker!);
        ReleaseTakenOut();
        Change(_group.Degrade(_group.Reason, _group.IsFinal).After(_nextAbove));
        if (_group.IsFinal)
            return;
        if ((_formsAtOnce || _cards.HasGap) && _cards.MayFormAtOnce)
            Form();
        else
            FormLater();
    }

    private void Abort(string reason, IActorRef? replyTo)
    {
        for (var rank = 0; rank < _group.Cards.Length; rank++)
            _group.Cards[rank].Worker!.Tell(new AbortEpoch(_group.GroupId, _group.Epoch, reason, rank, replyTo));
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

    private sealed record SayAgain : ILocalMessage;

    private sealed record Settled(long Epoch) : ILocalMessage;

    private sealed record GraceOver(long Epoch) : ILocalMessage;

    private sealed record TookTooLong(long Epoch, string What, TimeSpan Limit) : ILocalMessage;
}
