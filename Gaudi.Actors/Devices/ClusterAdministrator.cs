using System.Collections.Immutable;
using Akka.Actor;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.Protocols.Reports;

namespace Gaudi.Actors.Devices;

/// <summary>
/// Runs a rolling restart or the drain of a node. Cards are taken out of use: their groups end the epoch after the step that runs,
/// form anew without them, and their nodes stop the workers. The next card's turn comes when the last one is back and every replica
/// serves; what does not come back in time ends it, and cards that still run are put back.
/// </summary>
public sealed class ClusterAdministrator : ReceiveActor, IWithTimers
{
    private readonly AdministratorParts _parts;
    private readonly IScheduler _time = Context.System.Scheduler;
    private readonly Dictionary<string, ReplicaStatus> _replicas = new(StringComparer.Ordinal);
    private ImmutableArray<CardOffer> _cards = [];
    private Administrate? _order; // Not decided yet.
    private AdministrationReport _report = AdministrationReport.None;
    private ImmutableArray<CardOffer> _chosen = [];
    private ImmutableArray<CardOffer> _turn = [];
    private TimeSpan _began;
    private bool _cardsAreDone;

    /// <summary>Takes what it works with.</summary>
    public ClusterAdministrator(AdministratorParts parts)
    {
        _parts = parts;
        Receive<InventoryChanged>(changed =>
        {
            _cards = changed.Cards;
            Check();
        });
        Receive<ReplicaStatus>(status =>
        {
            _replicas[status.ReplicaId] = status;
            if (_order is not null)
                DecideWhenKnown();
            else
                Check();
        });
        Receive<Administrate>(Take);
        Receive<GetAdministration>(get => get.Answer.TrySetResult(_report));
        Receive<Ask>(_ =>
        {
            // A message may be lost, and a replica may have moved.
            TakeOut();
            AskReplicas();
        });
        Receive<TimeIsUp>(_ => GiveUp());
    }

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    private bool IsDrain => _report.Kind == "drain";

    private bool AllServe => _parts.ReplicaIds.All(id => _replicas.GetValueOrDefault(id) is { State: "serving" });

    /// <inheritdoc />
    protected override void PreStart() => _parts.Inventory.Tell(new WatchInventory(Self));

    private void Take(Administrate order)
    {
        if (_order is not null || _report.IsRunning())
        {
            Refuse(order, $"a {(_report.IsRunning() ? _report.Kind : "restart or drain")} is running: wait for its end");
            return;
        }
        _order = order;
        AskReplicasAnew();
        Timers.StartSingleTimer(nameof(TimeIsUp), new TimeIsUp(), _parts.Limit);
        DecideWhenKnown();
    }

    private void DecideWhenKnown()
    {
        if (_order is not { } order || !_parts.ReplicaIds.All(_replicas.ContainsKey))
            return;
        (_order, var refusal) = (null, Refusal(order.Node));
        Timers.Cancel(nameof(TimeIsUp));
        if (refusal is not null)
        {
            Timers.Cancel(nameof(Ask));
            Refuse(order, refusal);
            return;
        }
        _chosen = order.Node is { } node
            ? [.. _cards.Where(card => card.Node == node)]
            : [.. _cards.Where(card => card.IsReady).OrderBy(card => card.Node, StringComparer.Ordinal).ThenBy(card => card.CardIndex)];
        _report = new AdministrationReport(
            order.Node is null ? "restart" : "drain", "running", "",
            [.. _chosen.Select(card => new AdministrationRow(card.Node, card.CardIndex, "waiting", card.Pid, null, 0))]);
        order.Answer.TrySetResult(new AdministrationAnswer(_report, null));
        Begin(order.Node is null ? [.. _chosen.Take(1)] : _chosen);
    }

    private void Refuse(Administrate order, string reason) => order.Answer.TrySetResult(new AdministrationAnswer(_report, reason));

    private string? Refusal(string? node)
    {
        if (_parts.ReplicaIds.Select(id => _replicas[id]).FirstOrDefault(one => one.State != "serving") is { } ill)
            return $"replica {ill.ReplicaId} does not serve ({ill.Reason}): help it first";
        if (node is null)
            return _cards.Any(card => card.IsReady) ? null : "no card is ready";
        var nodes = _cards.Select(card => card.Node).Distinct(StringComparer.Ordinal).ToList();
        if (!nodes.Contains(node))
            return $"there is no node `{node}` with cards; there are {string.Join(", ", nodes)}";
        var serving = _cards.Count(card => card.Node == node && card.GroupId is not null);
        var free = _cards.Count(card => card.Node != node && card is { IsReady: true, GroupId: null });
        return serving <= free
            ? null
            : $"{serving} cards of {node} serve and {free} cards of other nodes are free; start more nodes, or spares, first";
    }

    private void Begin(ImmutableArray<CardOffer> turn)
    {
        (_turn, _cardsAreDone, _began) = (turn, false, _time.MonotonicClock);
        foreach (var card in turn)
            Show(card, row => row with { State = "running" });
        var names = string.Join(", ", turn.Select(card => card.Name));
        Say("running", IsDrain ? $"drains {names}" : $"restarts {names}, {_chosen.IndexOf(turn[0]) + 1} of {_chosen.Length}");
        TakeOut();
        Timers.StartSingleTimer(nameof(TimeIsUp), new TimeIsUp(), _parts.Limit);
        Timers.StartPeriodicTimer(nameof(Ask), new Ask(), _parts.Period);
    }

    private void TakeOut()
    {
        foreach (var card in _turn)
        {
            if (Now(card) is { IsTakenOut: false } now && now.Incarnation == card.Incarnation)
                now.Minder?.Tell(new TakeOutCard(card.CardIndex, card.Incarnation, IsDrain, $"a {_report.Kind} was asked for"));
        }
    }

    private void Check()
    {
        if (_turn.IsEmpty)
            return;
        if (!_cardsAreDone)
        {
            if (!_turn.All(IsDone))
                return;
            _cardsAreDone = true;
            AskReplicasAnew();
            return;
        }
        if (AllServe)
            Next();
    }

    private bool IsDone(CardOffer card) => Now(card) is { } now
        ? IsDrain ? now is { IsTakenOut: true, Pid: null } : now.IsReady && now.Incarnation > card.Incarnation
        : IsDrain; // A drained node may leave.

    private CardOffer? Now(CardOffer card) => _cards.FirstOrDefault(one => one.Name == card.Name);

    private void Next()
    {
        var seconds = (_time.MonotonicClock - _began).TotalSeconds;
        foreach (var card in _turn)
            Show(card, row => row with { State = "done", PidAfter = Now(card)?.Pid, Seconds = seconds });
        var next = IsDrain ? _chosen.Length : _chosen.IndexOf(_turn[0]) + 1;
        if (next < _chosen.Length)
            Begin([_chosen[next]]);
        else
            Finish("done", IsDrain ? $"{_chosen[0].Node} is drained" : $"{_chosen.Length} workers were restarted{Skipped}");
    }

    private string Skipped =>
        _cards.Count(card => !card.IsReady) is var count and > 0 ? $"; {count} cards without one were left alone" : "";

    private void GiveUp()
    {
        if (_order is { } order)
        {
            _order = null;
            Timers.Cancel(nameof(Ask));
            Refuse(order, $"a replica has not answered for {_parts.Limit.TotalSeconds:0.#} s");
            return;
        }
        var late = _turn.FirstOrDefault(card => !IsDone(card));
        foreach (var card in _turn)
        {
            if (!IsDone(card))
                Now(card)?.Minder?.Tell(new PutBackCard(card.CardIndex, card.Incarnation));
            Show(card, row => row with { State = "failed" });
        }
        var what = late is null
            ? "not every replica serves: " + string.Join("; ", _parts.ReplicaIds
                .Where(id => _replicas.GetValueOrDefault(id) is not { State: "serving" })
                .Select(id => $"{id}: {_replicas.GetValueOrDefault(id)?.Reason ?? "it does not answer"}"))
            : Now(late) is { } now ? $"{late.Name} is {now.State}: {now.Reason}" : $"{late.Name} is gone with its node";
        Finish("failed", $"stopped after {_parts.Limit.TotalSeconds:0.#} s of waiting: {what}");
    }

    private void Finish(string state, string reason)
    {
        _turn = [];
        Timers.CancelAll();
        Say(state, reason);
    }

    private void Say(string state, string reason)
    {
        _report = _report with { State = state, Reason = reason };
        _parts.Announce(new NodeEvent.AdministrationWent(_report.Kind, reason, state));
    }

    private void Show(CardOffer card, Func<AdministrationRow, AdministrationRow> change)
    {
        var index = _chosen.IndexOf(card);
        _report = _report with { Cards = _report.Cards.SetItem(index, change(_report.Cards[index])) };
    }

    private void AskReplicasAnew()
    {
        _replicas.Clear();
        AskReplicas();
        Timers.StartPeriodicTimer(nameof(Ask), new Ask(), _parts.Period);
    }

    private void AskReplicas()
    {
        foreach (var id in _parts.ReplicaIds)
            _parts.Replicas.Tell(new GetReplicaStatus(id, Self), Self);
    }

    private sealed record Ask : ILocalMessage;

    private sealed record TimeIsUp : ILocalMessage;
}
