using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.Ranks;
using Gaudi.Actors.Settings;
using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.KvTransfer;
using Gaudi.Hpu.Ops;

namespace Gaudi.Actors.Devices;

/// <summary>
/// One card in its worker process. Discovering: plugins are discovered and loaded, the registry sealed, the card opened.
/// Announcing: the handshake is repeated until the node answers. Ready: joins groups; aborts and status are answered here
/// because the rank is inside its step while that runs. One group has the card until it gives it back, its supervisor is gone for
/// good, or it leaves the card idle for long; its weights stay until another group asks.
/// </summary>
public sealed class DeviceActor : ReceiveActor, IWithTimers
{
    private readonly DeviceParts _parts;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private ICard? _card;
    private WorkerReady? _ready;
    private RegistrySealed? _registry;
    private IActorRef? _rank;
    private PrepareRank? _group;
    private ICollective? _lane;
    private ModelRunnerFacts? _facts;
    private CancellationTokenSource _connecting = new();
    private readonly SortedDictionary<string, long> _newestEpochs = new(StringComparer.Ordinal);
    private (string GroupId, IActorRef Supervisor)? _holder;
    private LoadedSlice? _loaded;
    private (string? GroupId, LoadedSlice? Loaded) _told;
    private long _staleCount;
    private string _state = "ready";
    private bool _isLeaving;

    /// <summary>Takes what it works with.</summary>
    public DeviceActor(DeviceParts parts)
    {
        _parts = parts;
        Discovering();
    }

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    /// <inheritdoc />
    protected override void PreStart() => _parts.Registry.Tell(new OpenRegistry(Self));

    /// <summary>Not kept: a rank that throws has lost native state, so the process is replaced, not the actor.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    /// <summary>
    /// A device actor that threw is not restarted in place: it would have forgotten the epochs it has seen. The process ends,
    /// and a new one starts clean.
    /// </summary>
    protected override void PreRestart(Exception reason, object message) => Leave($"its device actor threw: {reason.Message}");

    /// <inheritdoc />
    protected override void PostStop()
    {
        _connecting.Cancel();
        _lane?.Abort(_lane.Epoch, "the worker is leaving");
        _card?.Dispose();
    }

    private void Discovering()
    {
        Receive<RegistrySealed>(registry =>
        {
            _registry = registry;
            try
            {
                _card = registry.Load.ActivePlatform.OpenCard(_parts.Identity.CardIndex);
                _ready = Describe(registry, _card);
                Become(Announcing);
                Announce();
            }
            catch (Exception fault)
            {
                Fail($"card {_parts.Identity.CardIndex} could not be opened: {fault.Message}", registry.Load.Plugins);
            }
        });
        Receive<RegistryFailed>(failed => Fail(failed.Reason, failed.Plugins));
    }

    private void Announcing()
    {
        Receive<Repeat>(_ => Announce());
        Receive<WorkerAccepted>(accepted =>
        {
            Timers.CancelAll();
            _log.Debug("node {Node} took this worker", accepted.Node);
            Become(Ready);
        });
        Receive<WorkerRefused>(refused => Leave(refused.Reason));
        Receive<GetWorkerReport>(Report);
        // Another node's group can be faster than our own node's answer: to be asked is to be accepted.
        Receive<PrepareRank>(prepare =>
        {
            Timers.CancelAll();
            Become(Ready);
            Prepare(prepare);
        });
    }

    private void Ready()
    {
        Receive<PrepareRank>(Prepare);
        Receive<CommitGroup>(commit =>
        {
            if (IsCurrent(commit))
                _state = "serving";
        });
        Receive<RunStep>(run =>
        {
            if (IsCurrent(run))
                _rank!.Tell(run);
        });
        Receive<LoadLora>(load =>
        {
            if (IsCurrent(load))
                _rank!.Tell(load);
        });
        Receive<DropLora>(drop =>
        {
            if (IsCurrent(drop))
                _rank!.Tell(drop);
        });
        Receive<AbortEpoch>(abort =>
        {
            if (IsCurrent(abort))
                End(abort.Reason);
            // The rank answers when it is out of what it did; where there is none, nothing was done.
            if (_rank is not null)
                _rank.Tell(abort);
            else
                abort.ReplyTo?.Tell(new RankFreed(abort.GroupId, abort.Epoch, abort.Rank));
        });
        Receive<ReleaseRank>(Release);
        Receive<LaneOpened>(opened =>
        {
            if (IsNow(opened.Of) && !_connecting.IsCancellationRequested)
                _lane = opened.Lane;
            else
                opened.Lane.Abort(opened.Of.Epoch, "the epoch ended while the rank connected");
        });
        Receive<SliceLoaded>(loaded =>
        {
            _facts = loaded.Facts;
            _loaded = new LoadedSlice(loaded.Of.GroupId, loaded.Of.Rank, loaded.Of.Epoch);
            if (IsNow(loaded.Of))
                _state = "prepared";
            TellHeld();
        });
        Receive<EpochEnded>(ended =>
        {
            if (_group is not { } group || !IsNow(ended.Of))
                return;
            if (ended.IsPeerLost)
                _parts.Node.Tell(new LaneBroke(group.GroupId, group.Epoch, group.Endpoints.RemoveAt(group.Rank)), Self);
            End(ended.Reason);
        });
        Receive<GetWorkerReport>(Report);
        Receive<WorkerAccepted>(_ => { });
        Receive<WorkerRefused>(refused => Leave(refused.Reason));
        Receive<HoldLapsed>(_ => Free());
        Receive<Terminated>(gone =>
        {
            if (gone.ActorRef.Equals(_rank))
                RankGone();
            else
                HolderGone(gone.ActorRef);
        });
    }

    private void Prepare(PrepareRank prepare)
    {
        // Its process still lives for a moment: a group that formed on it would lose it in a step, and blame a request.
        if (_isLeaving)
        {
            Refuse(prepare, "its worker is leaving", isFinal: false);
            return;
        }
        if (_holder is { } holder && holder.GroupId != prepare.GroupId)
        {
            prepare.ReplyTo.Tell(
                new RankRefused(
                    prepare.GroupId, prepare.Epoch, prepare.Rank, $"it serves group {holder.GroupId}", false, NewestOf(prepare.GroupId))
                {
                    HeldBy = holder.GroupId,
                });
            return;
        }
        var newest = NewestOf(prepare.GroupId);
        if (prepare.Epoch == newest && _holder?.Supervisor.Equals(prepare.ReplyTo) == true)
        {
            _rank?.Tell(new AnswerAgain(prepare));
            return;
        }
        if (prepare.Epoch <= newest)
        {
            _staleCount++;
            Refuse(prepare, $"epoch {prepare.Epoch} is not above {newest}, the newest this worker has seen", isFinal: false);
            return;
        }
        if (prepare.ExpectedDigest != _ready!.Digest)
        {
            Refuse(prepare, $"op registry {prepare.ExpectedDigest} was expected, this worker has {_ready.Digest}", isFinal: false);
            return;
        }
        End($"epoch {prepare.Epoch} began");
        _newestEpochs[prepare.GroupId] = prepare.Epoch;
        _group = prepare;
        _state = "preparing";
        Hold(prepare);
        _connecting = new CancellationTokenSource();
        _rank ??= Context.Watch(Context.ActorOf(
            Props.Create<RankActor>(_parts.Lanes, (RunnerFactory)LoadRunner, (ConnectorFactory)Connect)
                .WithDispatcher(_parts.Settings.Workers.Dispatcher)));
        _rank.Tell(new JoinEpoch(prepare, _connecting.Token));
    }

    private IModelRunner LoadRunner(ModelRunnerSettings model, ICollective lane) =>
        _parts.LoadModel(_parts.FitModel(_registry!.Load, model, lane), _card!, _registry.Table, lane);

    private KvConnector Connect(ModelRunnerSettings model, IModelRunner runner, ICollective lane, Action wake) =>
        KvConnectors.Open(_registry!.Table, model, runner, lane, _parts.Transfers, _parts.DigestModel(model), wake);

    private void Refuse(PrepareRank prepare, string reason, bool isFinal) => prepare.ReplyTo.Tell(
        new RankRefused(prepare.GroupId, prepare.Epoch, prepare.Rank, reason, isFinal, NewestOf(prepare.GroupId)));

    private long NewestOf(string groupId) => _newestEpochs.GetValueOrDefault(groupId);

    private bool IsNow(PrepareRank prepare) => _group is { } group && group.GroupId == prepare.GroupId && group.Epoch == prepare.Epoch;

    private void Hold(PrepareRank prepare)
    {
        Timers.Cancel(nameof(HoldLapsed));
        if (_holder is not { } holder || !holder.Supervisor.Equals(prepare.ReplyTo))
        {
            if (_holder is { } before)
                Context.Unwatch(before.Supervisor);
            _holder = (prepare.GroupId, Context.Watch(prepare.ReplyTo));
        }
        if (_loaded is { } slice && (slice.GroupId != prepare.GroupId || slice.Rank != prepare.Rank))
            _loaded = null;
        TellHeld();
    }

    // Also an epoch that is over: a group that waits for another card may give this one back.
    private void Release(ReleaseRank release)
    {
        if (_holder?.GroupId != release.GroupId || release.Epoch != NewestOf(release.GroupId))
        {
            _staleCount++;
            return;
        }
        End(release.Reason);
        // The actor stays: the next group's weights must not meet these on another thread.
        _rank?.Tell(new LeaveGroup());
        _facts = null;
        _loaded = null;
        Free();
    }

    // Its replica may come up on another node, and finds its weights here.
    private void HolderGone(IActorRef supervisor)
    {
        if (_holder is not { } holder || !holder.Supervisor.Equals(supervisor))
            return;
        End($"the supervisor of group {holder.GroupId} is gone");
        Free();
    }

    private void Free()
    {
        Timers.Cancel(nameof(HoldLapsed));
        if (_holder is { } holder)
            Context.Unwatch(holder.Supervisor);
        _holder = null;
        TellHeld();
    }

    private void TellHeld()
    {
        var now = (_holder?.GroupId, _loaded);
        if (now == _told)
            return;
        _told = now;
        var me = _parts.Identity;
        _parts.Node.Tell(new WorkerHeld(me.CardIndex, me.Incarnation, me.Token, _holder?.GroupId, _loaded), Self);
    }

    // Frees a rank that connects, one that waits in a collective, and the peers of both.
    private void End(string reason)
    {
        _connecting.Cancel();
        _lane?.Abort(_lane.Epoch, reason);
        _lane = null;
        if (_group is not null)
            _log.Debug("epoch {Epoch} ended: {Reason}", _group.Epoch, reason);
        if (_group is not null && !_isLeaving)
            Timers.StartSingleTimer(nameof(HoldLapsed), new HoldLapsed(), _parts.Settings.Workers.Hold);
        _group = null;
        _state = "ready";
    }

    private void RankGone()
    {
        var group = _group;
        _rank = null;
        _facts = null;
        group?.ReplyTo.Tell(new StepFailed(group.GroupId, group.Epoch, group.Rank, 0, "the rank threw; its worker log says what"));
        Leave("the rank threw, so its native state is not to be trusted");
    }

    private bool IsCurrent(IGroupMessage message)
    {
        if (_group is { } group && group.GroupId == message.GroupId && group.Epoch == message.Epoch)
            return true;
        _staleCount++;
        return false;
    }

    private void Announce()
    {
        _parts.Node.Tell(_ready!, Self);
        Timers.StartSingleTimer(nameof(Repeat), new Repeat(), _parts.Settings.Workers.Handshake);
    }

    private void Report(GetWorkerReport get) => get.ReplyTo.Tell(new WorkerReport(
        _parts.Identity.CardIndex, _parts.Identity.Pid, _state, _group?.GroupId, _group?.Rank, _group?.Epoch,
        _card?.UsedBytes ?? 0, _facts?.WeightBytes ?? 0, _lane?.CompletedCount ?? 0, _staleCount, _ready!.Digest,
        _registry!.Table.Report().Ops, _registry.Load.Plugins));

    private WorkerReady Describe(RegistrySealed registry, ICard card)
    {
        var report = registry.Table.Report();
        var me = _parts.Identity;
        return new WorkerReady(
            me.CardIndex, me.Incarnation, me.Token, me.Pid, card.Facts.Generation.ToString().ToLowerInvariant(),
            card.Facts.IsSimulated, card.Facts.MemoryBytes, report.Digest, registry.Table.DigestLines,
            registry.Load.Plugins, registry.Load.Platform, _parts.Lanes.Endpoint, Self);
    }

    private void Fail(string reason, ImmutableArray<Gaudi.Hpu.Plugins.PluginOutcome> plugins)
    {
        var me = _parts.Identity;
        _parts.Node.Tell(new WorkerFailed(me.CardIndex, me.Incarnation, me.Token, me.Pid, reason, plugins), Self);
        Leave(reason);
    }

    // A blocked rank is freed first: the system cannot stop before its actors do.
    private void Leave(string reason)
    {
        End(reason);
        if (_isLeaving)
            return;
        _isLeaving = true;
        // The node need not wait for the end of the process to know that nobody can use it.
        if (_ready is { } ready)
            _parts.Node.Tell(new WorkerFailed(ready.CardIndex, ready.Incarnation, ready.Token, ready.Pid, reason, ready.Plugins), Self);
        _parts.Leave(reason);
    }

    private sealed record Repeat : ILocalMessage;

    private sealed record HoldLapsed : ILocalMessage;
}
