using System.Collections.Immutable;
using Akka.Actor;
using Gaudi.Actors.Constraints;
using Gaudi.Actors.Devices;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.Scheduling;
using Gaudi.Actors.TensorParallel;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Models.Lora;

namespace Gaudi.Actors.Requests;

/// <summary>
/// One replica of a model: the scheduler's mailbox above a tensor-parallel group. Soft state: everything here may be
/// rebuilt from what the edge holds. When an epoch ends, choices stay and are computed anew in the next.
/// </summary>
public sealed partial class ReplicaActor : ReceiveActor, IWithTimers
{
    private readonly ReplicaParts _parts;
    private readonly Dictionary<(string RequestId, int Choice), ReplicaChoice> _choices = [];
    private readonly Dictionary<long, (string RequestId, int Choice)> _keys = [];
    private readonly Queue<(string RequestId, int Choice)> _finished = [];
    private readonly ReplicaForms _forms;
    private readonly ReplicaLoras _loras = new();
    private readonly GroupVerdicts _formGroups = new();
    private readonly IActorRef _supervisor;
    private TpGroup _group;
    private ModelRunnerFacts? _facts;
    private Scheduler? _scheduler;
    private EngineCounters _counters = EngineCounters.Zero;
    private readonly TransferTally _transfers = new();
    private readonly RecoveryTally _recoveries;
    private long _stepNumber;
    private bool _isStepping;

    /// <summary>Takes what it works with.</summary>
    public ReplicaActor(ReplicaParts parts)
    {
        _parts = parts;
        _recoveries = new RecoveryTally(parts.Time);
        _forms = new ReplicaForms(parts.Scheduler.ConstraintsKept);
        _quarantine = new Quarantine(Math.Max(1, parts.Scheduler.FinishedKept));
        _group = TpGroup.Empty(parts.Group.GroupId);
        _supervisor = Context.ActorOf(Props.Create(() => new TpSupervisor(parts.Group)), "group");
        Receive<Generate>(Take);
        Receive<FormCompiled>(Compiled);
        Receive<AbortRequest>(abort =>
        {
            Abort(abort);
            DropLeftLoras();
        });
        Receive<LoadAdapter>(Load);
        Receive<UnloadAdapter>(Unload);
        Receive<GroupLoraLoaded>(Loaded);
        Receive<GroupChanged>(changed => Follow(changed.Group));
        Receive<GroupStepped>(Apply);
        Receive<GroupTransfersMoved>(Moved);
        Receive<HoldLapsed>(lapsed => Lapse(lapsed.Key));
        Receive<CrowdLapsed>(_ => LapseCrowd());
        Receive<ReleaseBlocks>(release => Release(release.Key));
        Receive<GetReplicaStatus>(get => get.ReplyTo.Tell(Status()));
        Receive<WatchReplica>(Watch);
        Receive<Terminated>(gone =>
        {
            if (!_watchers.Remove(gone.ActorRef))
                AbortAllOf(gone.ActorRef);
        });
    }

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    private void Take(Generate generate)
    {
        var key = (generate.Request.RequestId, generate.Request.Choice);
        if (_choices.TryGetValue(key, out var known))
        {
            _choices[key] = known with { ReplyTo = Context.Watch(generate.ReplyTo) };
            SendAgain(_choices[key], generate);
            return;
        }
        if (IsQuarantined(generate))
            return;
        if (_scheduler is null)
        {
            Refuse(generate, _group.IsFinal ? FinalKind : RefusalKind.Unavailable,
                $"replica {_parts.ReplicaId} does not serve yet: {Reason()}", _group.IsFinal ? null : 1, isOfReplica: true);
            return;
        }
        if (generate.Request.Lora is { } lora && _loras.Obstacle(lora) is { } obstacle)
        {
            if (obstacle.Kind == RefusalKind.Unavailable)
                Want(lora, null);
            Refuse(generate, obstacle.Kind, obstacle.Reason, obstacle.Kind == RefusalKind.Unavailable ? 1 : null);
        }
        else if (generate.Request.Constraint is not { } constraint)
            Submit(generate, null);
        else if (_forms.Find(constraint) is { } form)
            Submit(generate, form);
        else
            Compile(constraint, generate);
    }

    private void Compile(OutputConstraint constraint, Generate generate)
    {
        // One that asks again keeps its place; one always has a place, as in the queue.
        var room = _parts.Scheduler.WaitingMax + (_forms.WaitingCount == 0 ? 1 : -_forms.WaitingCount);
        if (!_forms.Holds(generate) && !_formGroups.Admits(generate.Request.Group, room))
            RefuseFull(generate, $"{_forms.WaitingCount} requests wait for their constraints to be compiled; try again later", 1);
        else if (_forms.Wait(constraint, generate))
            _parts.Constraints.CompileAsync(constraint).PipeTo(
                Self,
                success: compiled => new FormCompiled(constraint, compiled, ""),
                failure: problem => new FormCompiled(constraint, null, problem.Message));
    }

    private void Compiled(FormCompiled form)
    {
        foreach (var generate in _forms.Take(form.Constraint, form.Compiled?.Automaton))
        {
            if (form.Compiled is { Automaton: not null })
                Take(generate);
            else
                Refuse(
                    generate, form.Compiled is null ? RefusalKind.Failed : RefusalKind.Invalid,
                    form.Compiled?.Refusal ?? form.Failure, null);
        }
    }

    private void Submit(Generate generate, ConstraintAutomaton? form)
    {
        var key = (generate.Request.RequestId, generate.Request.Choice);
        switch (_scheduler!.Submit(
            generate.Request, generate.EmittedTokenIds, form, generate.FailedStepCount))
        {
            case Submission.Rejected { Kind: RefusalKind.QueueFull } full:
                RefuseFull(generate, full.Message, full.RetryAfterSeconds);
                break;
            case Submission.Rejected rejected:
                Refuse(generate, rejected.Kind, rejected.Message, rejected.RetryAfterSeconds);
                break;
            case Submission.Over over:
                Decline(generate.Request);
                generate.ReplyTo.Tell(Ending(over.Sequence, over.Reason, over.StopTokenId));
                break;
            case Submission.Accepted accepted:
                _choices.Add(key, new ReplicaChoice(accepted.Sequence, Context.Watch(generate.ReplyTo))
                {
                    Submitted = _parts.Time.GetTimestamp(),
                });
                _keys.Add(accepted.Sequence.Id, key);
                Step();
                break;
        }
    }

    private void SendAgain(ReplicaChoice choice, Generate generate)
    {
        generate.ReplyTo.Tell(new RequestHeld(generate.Request.RequestId, generate.Request.Choice)
        {
            Obstacle = IsServing ? "" : Reason(),
        });
        foreach (var scored in choice.Scored)
            generate.ReplyTo.Tell(scored);
        var from = generate.Request.PromptTokenIds.Length + generate.EmittedTokenIds.Length;
        foreach (var token in choice.Sent.Where(token => token.Position >= from))
            generate.ReplyTo.Tell(token);
        if (choice.Finished is { } finished)
            generate.ReplyTo.Tell(finished);
    }

    private void Refuse(
        Generate generate, RefusalKind kind, string message, int? retryAfterSeconds, bool isOfReplica = false)
    {
        generate.ReplyTo.Tell(new RequestRefused(
            generate.Request.RequestId, generate.Request.Choice, kind, message, retryAfterSeconds)
        {
            ReplicaId = _parts.ReplicaId, IsOfReplica = isOfReplica,
        });
        Decline(generate.Request);
    }

    private void Abort(AbortRequest abort)
    {
        var key = (abort.RequestId, abort.Choice);
        if (_forms.Abort(abort.RequestId, abort.Choice) is { } waiting)
            Decline(waiting.Request);
        if (!_choices.TryGetValue(key, out var choice))
            return;
        if (choice.Finished is { KvTransfer: { } handed })
            Release(handed.Source!.Key); // The answer went nowhere, so nobody knows of the blocks.
        if (choice.Finished is not null)
            return;
        if (_scheduler!.Abort(choice.Sequence))
            Forget(key, choice.Sequence.Id);
        _scheduler.CheckIntegrity();
        Step(); // A peer may have to be told.
    }

    // The edge is gone, with its node perhaps: nobody would read what its choices give.
    private void AbortAllOf(IActorRef edge)
    {
        foreach (var (key, choice) in _choices.Where(one => one.Value.ReplyTo.Equals(edge)).OrderBy(one => one.Value.Sequence.Id).ToList())
        {
            if (choice.Finished is not null || _scheduler!.Abort(choice.Sequence))
                Forget(key, choice.Sequence.Id);
        }
        DropLeftLoras();
    }

    private void Forget((string RequestId, int Choice) key, long sequenceId)
    {
        if (_choices.Remove(key, out var choice) && !_choices.Values.Any(one => one.ReplyTo.Equals(choice.ReplyTo)))
            Context.Unwatch(choice.ReplyTo);
        _keys.Remove(sequenceId);
    }

    private void Follow(TpGroup group)
    {
        // That the last rank is out of an epoch that is over is no news to people.
        var isNews = _group.State != TpGroupState.Draining || group.State != TpGroupState.Degraded || group.Reason != _group.Reason;
        _group = group;
        _recoveries.Follow(group, _scheduler?.RunningTokenCount ?? 0);
        if (group.State == TpGroupState.Serving)
        {
            var facts = group.Prepared[0]!;
            var smallest = facts with { KvBlockCount = group.Prepared.Min(rank => rank!.KvBlockCount) };
            // Other limits than before: every choice moves, in order, to a scheduler that keeps them.
            if (_scheduler is null)
                _scheduler = new Scheduler(_parts.Scheduler, smallest, ConnectorFor(smallest));
            else if (_facts is not null && Limits(_facts) != Limits(smallest))
                Move(smallest);
            _facts = smallest;
            _stepNumber = 0;
        }
        else if (group.IsFinal)
            GiveUp();
        else
            Restart();
        DropLeftLoras();
        _isStepping = false;
        if (isNews)
            _parts.Announce(new NodeEvent.GroupChanged(Status()));
        TellWatchers();
        Step();
    }

    private NixlScheduling? ConnectorFor(ModelRunnerFacts facts) =>
        _parts is { KvTransfer: { } transfer, Group.Model.KvConnector: { } connector }
            ? new NixlScheduling(connector, _parts.Group.Settings.TensorParallelSize, facts.BlockSizeTokens, transfer.LoadsMax)
            : null;

    private static (int, int, int) Limits(ModelRunnerFacts facts) => (facts.KvBlockCount, facts.MaxModelLen, facts.StateSlotCount);

    private void Move(ModelRunnerFacts facts)
    {
        _scheduler = _scheduler!.MovedTo(facts, out var dropped);
        foreach (var (sequence, reason) in dropped)
            Drop(sequence, $"the group has other limits than when this request was taken: {reason}");
    }

    private void Drop(Sequence sequence, string reason)
    {
        var key = _keys[sequence.Id];
        if (!sequence.IsAborted)
            _choices[key].ReplyTo.Tell(new RequestRefused(key.RequestId, key.Choice, RefusalKind.Failed, reason, null)
            {
                ReplicaId = _parts.ReplicaId,
            });
        Forget(key, sequence.Id);
    }

    // Without a time to try again: nobody should.
    private RefusalKind FinalKind => _group.IsOutOfCards ? RefusalKind.Unavailable : RefusalKind.Failed;

    // No epoch will come: whoever waits is told, and whoever asks later is refused.
    private void GiveUp()
    {
        foreach (var (key, choice) in _choices.Where(one => one.Value.Finished is null).OrderBy(one => one.Value.Sequence.Id))
            choice.ReplyTo.Tell(new RequestRefused(
                key.RequestId, key.Choice, FinalKind, $"replica {_parts.ReplicaId} cannot go on: {Reason()}", null)
            {
                ReplicaId = _parts.ReplicaId, IsOfReplica = true,
            });
        _choices.Clear();
        _keys.Clear();
        _finished.Clear();
        _counters = Counters;
        (_scheduler, _facts) = (null, null);
    }

    private void Step()
    {
        if (_isStepping || _group.State != TpGroupState.Serving || Plan() is not { } plan)
            return;
        _stepNumber = plan.StepNumber;
        _isStepping = true;
        NoteQueued(plan);
        _supervisor.Tell(new RunGroupStep(_group.Epoch, plan));
    }

    private void NoteQueued(StepPlan plan)
    {
        foreach (var key in plan.Sequences.Select(step => _keys[step.SequenceId]))
        {
            if (_choices[key] is { Queued: null } choice)
                _choices[key] = choice with { Queued = _parts.Time.GetElapsedTime(choice.Submitted) };
        }
    }

    private void Apply(GroupStepped stepped)
    {
        _recoveries.NoteStale(stepped.StaleCount);
        if (stepped.Epoch != _group.Epoch || !_isStepping)
            return;
        _isStepping = false;
        foreach (var progress in _scheduler!.Apply(stepped.Output))
            Report(progress, stepped.Epoch);
        DropLeftLoras();
        Step();
    }

    private void Report(SequenceProgress progress, long epoch)
    {
        var key = _keys[progress.Sequence.Id];
        var choice = _choices[key];
        SendScores(choice, key, epoch, progress.PromptScores);
        foreach (var token in progress.Tokens)
        {
            var message = new TokenGenerated(
                key.RequestId, key.Choice, epoch, token.Position, token.TokenId, token.Logprob, token.Alternatives)
            {
                CachedTokenCount = progress.Sequence.CachedTokenCount ?? 0, Queued = choice.Queued ?? TimeSpan.Zero,
            };
            choice.Sent.Add(message);
            choice.ReplyTo.Tell(message);
        }
        if (progress.Finish is not { } reason)
            return;
        if (reason == FinishReason.Abort)
        {
            Forget(key, progress.Sequence.Id);
            return;
        }
        var finished = Ending(progress.Sequence, reason, progress.StopTokenId) with { KvTransfer = progress.KvTransfer };
        if (progress.KvTransfer is { Source: { } source })
            Timers.StartSingleTimer(source.Key, new HoldLapsed(source.Key), _parts.KvTransfer!.ReleaseTimeout);
        _choices[key] = choice with { Finished = finished };
        choice.ReplyTo.Tell(finished);
        Remember(key);
    }

    // A prompt that is computed anew is scored anew, with the same numbers: what was sent once is not sent twice.
    private static void SendScores(
        ReplicaChoice choice, (string RequestId, int Choice) key, long epoch, ImmutableArray<PromptScore> scores)
    {
        var last = choice.Scored.Count == 0 ? 0 : choice.Scored[^1].Scores[^1].Position;
        ImmutableArray<PromptScore> fresh = [.. scores.Where(score => score.Position > last)];
        if (fresh.IsEmpty)
            return;
        var message = new PromptScored(key.RequestId, key.Choice, epoch, fresh);
        choice.Scored.Add(message);
        choice.ReplyTo.Tell(message);
    }

    // An edge that missed the end may ask again; the oldest endings make room. An ending may be forgotten already, because
    // its edge was, and the choice come back since: it runs, and its next ending stands further behind.
    private void Remember((string RequestId, int Choice) key)
    {
        _finished.Enqueue(key);
        while (_finished.Count > _parts.Scheduler.FinishedKept)
        {
            var oldest = _finished.Dequeue();
            if (_choices.TryGetValue(oldest, out var choice) && choice.Finished is not null)
                Forget(oldest, choice.Sequence.Id);
        }
    }

    private static RequestFinished Ending(Sequence sequence, FinishReason reason, int? stopTokenId) => new(
        sequence.Request.RequestId, sequence.Request.Choice, reason, stopTokenId, sequence.Tokens.Count,
        sequence.CachedTokenCount ?? 0)
    {
        Vector = sequence.Vector,
    };

    private string Reason() => _group.State == TpGroupState.Forming ? "its ranks are loading the model" : _group.Reason;

    private ReplicaStatus Status() => new(
        _parts.ReplicaId,
        _group.State switch
        {
            TpGroupState.Serving or TpGroupState.Stepping => "serving",
            TpGroupState.Forming => "forming",
            _ => "degraded",
        },
        _group.State == TpGroupState.Serving ? "" : Reason(), _group.IsFinal, _group.Epoch,
        [.. _group.Cards.Select(card => card.Name)], [.. _group.Prepared.OfType<ModelRunnerFacts>()],
        _scheduler?.RunningCount ?? 0, _scheduler?.WaitingCount ?? 0, _scheduler?.BlocksUsed ?? 0)
    {
        Counters = Counters, RunningLoras = _scheduler?.RunningLoras ?? [], WaitingLoras = _scheduler?.WaitingLoras ?? [],
        Transfers = _parts.KvTransfer is null ? null : _transfers.Counters,
        HeldCount = _scheduler?.HeldCount ?? 0, DeferredCount = _scheduler?.DeferredCount ?? 0,
        Recoveries = _recoveries.Counters, EndCause = _recoveries.Cause is { } cause ? EpochEnds.NameOf(cause) : "",
    };

    private EngineCounters Counters => _scheduler?.Counters ?? _counters;

    private sealed record HoldLapsed(string Key) : ILocalMessage;

    private sealed record CrowdLapsed : ILocalMessage;
}
