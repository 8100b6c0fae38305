using System.Collections.Immutable;
using System.Globalization;
using Akka.Actor;
using Akka.Event;
using Akka.Serialization;
using Gaudi.Actors.Protocols;

namespace Gaudi.Actors.Devices;

/// <summary>
/// Minds one worker process a card: starts it, checks its handshake, sees its exit, starts it again with growing waits
/// until more ended within the window than the budget has. What it knows goes to the inventory at every change.
/// </summary>
public sealed class DeviceSupervisor : ReceiveActor, IWithTimers
{
    private readonly DeviceSupervisorParts _parts;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly CardSlot[] _slots;
    private readonly IWorkerProcess?[] _processes;
    private readonly List<DrainCards> _drains = [];
    private bool _isPublishing;

    /// <summary>Takes what it works with.</summary>
    public DeviceSupervisor(DeviceSupervisorParts parts)
    {
        _parts = parts;
        _slots = [.. Enumerable.Range(0, parts.CardCount).Select(CardSlot.Empty)];
        _processes = new IWorkerProcess?[parts.CardCount];
        Receive<StartWorker>(start => Start(start.CardIndex));
        Receive<WorkerReady>(Take);
        Receive<WorkerFailed>(Fail);
        Receive<WorkerHeld>(Hold);
        Receive<KillWorker>(Kill);
        Receive<TakeOutCard>(TakeOut);
        Receive<PutBackCard>(PutBack);
        Receive<DrainCards>(Drain);
        Receive<LaneBroke>(broke =>
        {
            if (_slots.Any(slot => Sender.Equals(slot.Ready?.Worker)))
                _parts.LaneBroke(broke.Endpoints);
        });
        Receive<Exited>(End);
        Receive<PublishNow>(_ => PublishAll());
        Receive<RestartForgotten>(old => _slots[old.CardIndex] = _slots[old.CardIndex] with
        {
            RecentRestartCount = _slots[old.CardIndex].RecentRestartCount - 1,
        });
        Receive<Late>(KillLate);
        Receive<Terminated>(gone => KillSilent(gone.ActorRef));
    }

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    /// <inheritdoc />
    protected override void PreStart()
    {
        for (var card = 0; card < _slots.Length; card++)
            Start(card);
    }

    /// <inheritdoc />
    protected override void PostStop()
    {
        foreach (var process in _processes)
            process?.Stop();
    }

    private void Start(int cardIndex)
    {
        var slot = _slots[cardIndex] = _slots[cardIndex].Start(_parts.NextToken());
        var self = Self;
        var launch = new WorkerLaunch(
            cardIndex, slot.Incarnation, slot.Token, Serialization.SerializedActorPath(self), ImmutableDictionary<string, string>.Empty);
        _processes[cardIndex] = _parts.Launcher.Launch(
            launch, exit => self.Tell(new Exited(cardIndex, slot.Token, exit)));
        Timers.StartSingleTimer(HandshakeOf(cardIndex), new Late(cardIndex, slot.Token), _parts.Settings.Workers.HandshakeLimit);
        _parts.Announce(new NodeEvent.WorkerStarted(cardIndex, slot.Incarnation));
        Publish();
    }

    private void Take(WorkerReady ready)
    {
        if (Refusal(ready.CardIndex, ready.Incarnation, ready.Token) is { } refusal)
        {
            _log.Warning("refused a worker: {Reason}", refusal);
            ready.Worker.Tell(new WorkerRefused(refusal));
            return;
        }
        ready.Worker.Tell(new WorkerAccepted(_parts.Node));
        if (_slots[ready.CardIndex].Ready is not null)
            return; // The handshake repeats until the answer arrives.
        Timers.Cancel(HandshakeOf(ready.CardIndex));
        Context.Watch(ready.Worker);
        _slots[ready.CardIndex] = _slots[ready.CardIndex].Accept(ready);
        _parts.Announce(new NodeEvent.WorkerJoined(ready));
        Publish();
    }

    private void Fail(WorkerFailed failed)
    {
        if (Refusal(failed.CardIndex, failed.Incarnation, failed.Token) is not null)
            return;
        _slots[failed.CardIndex] = _slots[failed.CardIndex].Fail(failed);
        // It says that it leaves; one that cannot any more is killed.
        Timers.StartSingleTimer(HandshakeOf(failed.CardIndex), new Late(failed.CardIndex, failed.Token), _parts.Settings.Node.WorkerStop);
        Publish();
    }

    private void Hold(WorkerHeld held)
    {
        if (Refusal(held.CardIndex, held.Incarnation, held.Token) is not null)
            return;
        _slots[held.CardIndex] = _slots[held.CardIndex].Hold(held);
        StopIfFree(held.CardIndex);
        Publish();
    }

    private CardSlot? ReadySlot(int cardIndex, long incarnation) =>
        cardIndex >= 0 && cardIndex < _slots.Length && _slots[cardIndex] is { Ready: not null } slot && slot.Incarnation == incarnation
            ? slot
            : null;

    private void TakeOut(TakeOutCard take)
    {
        if (ReadySlot(take.CardIndex, take.Incarnation) is not { IsTakenOut: false } slot)
            return;
        _slots[take.CardIndex] = slot.TakeOut(take.IsDrained, take.Reason);
        _parts.Announce(new NodeEvent.CardTakenOut(take.CardIndex, _slots[take.CardIndex].State, take.Reason));
        StopIfFree(take.CardIndex);
        Publish();
    }

    private void PutBack(PutBackCard back)
    {
        if (ReadySlot(back.CardIndex, back.Incarnation) is not { IsTakenOut: true, IsLeaving: false } slot)
            return;
        _slots[back.CardIndex] = slot.PutBack();
        Publish();
    }

    // A group ends its epoch first, and gives the card back.
    private void StopIfFree(int cardIndex)
    {
        if (_slots[cardIndex] is not { IsTakenOut: true, IsLeaving: false, GroupId: null } slot)
            return;
        _slots[cardIndex] = slot with { IsLeaving = true };
        _processes[cardIndex]?.Stop();
    }

    // Workers without a handshake serve nobody, and one that waits for its restart does not come.
    private void Drain(DrainCards drain)
    {
        _drains.Add(drain);
        foreach (var slot in _slots.ToArray())
        {
            TakeOut(new TakeOutCard(slot.CardIndex, slot.Incarnation, IsDrained: true, drain.Reason));
            if (_slots[slot.CardIndex].IsTakenOut)
                continue;
            _slots[slot.CardIndex] = slot.TakeOut(isDrained: true, drain.Reason) with { IsLeaving = true };
            Timers.Cancel(slot.CardIndex);
            _processes[slot.CardIndex]?.Stop();
        }
        Publish();
        TellDrained();
    }

    private void TellDrained()
    {
        if (_processes.Any(process => process is not null))
            return;
        foreach (var drain in _drains)
            drain.Done.TrySetResult();
        _drains.Clear();
    }

    private string? Refusal(int cardIndex, long incarnation, string token) =>
        cardIndex < 0 || cardIndex >= _slots.Length
            ? $"this node has {_slots.Length} cards, card {cardIndex} is not among them"
            : _slots[cardIndex].Refusal(incarnation, token);

    private void End(Exited exited)
    {
        var slot = _slots[exited.CardIndex];
        if (slot.Token != exited.Token)
            return;
        _processes[exited.CardIndex] = null;
        if (slot is { IsTakenOut: true, IsLeaving: true } or { IsDrained: true })
        {
            EndAsAsked(slot, exited.Exit);
            return;
        }
        var delay = RestartPolicy.Delay(_parts.Settings.Workers, slot.RecentRestartCount);
        var reason = Describe(exited.Exit, slot) + (delay is null ? LeftOut(slot) : "");
        _slots[exited.CardIndex] = slot.End(reason, isFinal: delay is null);
        _parts.Announce(new NodeEvent.WorkerLost(exited.CardIndex, reason, delay is null) { Exit = exited.Exit });
        if (delay is { } wait)
            Restart(exited.CardIndex, wait);
        Publish();
    }

    // It costs no part of the budget: it did what it was told.
    private void EndAsAsked(CardSlot slot, WorkerExit exit)
    {
        var reason = Describe(exit, slot);
        _slots[slot.CardIndex] = slot.End(reason, isFinal: false);
        _parts.Announce(new NodeEvent.WorkerLost(slot.CardIndex, reason, IsFinal: false) { Exit = exit });
        if (slot.IsDrained)
            Publish();
        else
            Start(slot.CardIndex);
        TellDrained();
    }

    private void Restart(int cardIndex, TimeSpan wait)
    {
        var slot = _slots[cardIndex];
        _slots[cardIndex] = slot with { RecentRestartCount = slot.RecentRestartCount + 1 };
        Timers.StartSingleTimer(cardIndex, new StartWorker(cardIndex), wait);
        Timers.StartSingleTimer(
            (cardIndex, slot.Incarnation), new RestartForgotten(cardIndex), _parts.Settings.Workers.RestartWindow);
    }

    private string LeftOut(CardSlot slot) => string.Create(
        CultureInfo.InvariantCulture,
        $"; left out since {_parts.Time.GetUtcNow():yyyy-MM-dd HH:mm:ss} UTC, after {slot.RecentRestartCount} restarts within "
        + $"{_parts.Settings.Workers.RestartWindow.TotalSeconds:0.#} s");

    // A plugin that hangs in its registration never says so.
    private void KillLate(Late late)
    {
        if (_slots[late.CardIndex].Token == late.Token && _slots[late.CardIndex].Ready is null)
            _processes[late.CardIndex]?.Kill();
    }

    // The worker's actors are gone or cannot be heard while its process lives: stopped, hung, cut off. Its exit does the rest.
    private void KillSilent(IActorRef worker)
    {
        if (_slots.FirstOrDefault(slot => worker.Equals(slot.Ready?.Worker)) is { IsLeaving: false } slot)
            _processes[slot.CardIndex]?.Kill();
    }

    // Its exit, which says why, does the rest.
    private void Kill(KillWorker kill)
    {
        if (ReadySlot(kill.CardIndex, kill.Incarnation) is not { } slot)
            return;
        _slots[kill.CardIndex] = slot.Condemn(kill.Reason);
        Publish();
        _processes[kill.CardIndex]?.Kill();
    }

    private static string HandshakeOf(int cardIndex) => $"handshake {cardIndex}";

    private static string Describe(WorkerExit exit, CardSlot slot)
    {
        var how = exit switch
        {
            { Signal: { } signal } => $"worker {exit.Pid} was ended by signal {signal}",
            { ExitCode: { } code } => $"worker {exit.Pid} returned {code}",
            _ => "its worker could not be started",
        };
        var why = slot.State == "failed" || slot.IsTakenOut ? slot.Reason : exit.LastErrorLines;
        return why.Length == 0 ? how : $"{how}: {why}";
    }

    // What has come meanwhile is told with it: on a node with many cards everything happens to all of them at once.
    private void Publish()
    {
        if (!_isPublishing)
            Self.Tell(new PublishNow());
        _isPublishing = true;
    }

    private void PublishAll()
    {
        _isPublishing = false;
        _parts.Inventory.Tell(new LocalCardsChanged([.. _slots.Select(slot => slot.Offer(_parts.Node, Self))]));
    }

    private sealed record PublishNow : ILocalMessage;

    private sealed record StartWorker(int CardIndex) : ILocalMessage;

    private sealed record RestartForgotten(int CardIndex) : ILocalMessage;

    private sealed record Late(int CardIndex, string Token) : ILocalMessage;

    private sealed record Exited(int CardIndex, string Token, WorkerExit Exit) : ILocalMessage;
}
