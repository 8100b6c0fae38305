using System.Collections.Immutable;
using Akka.Actor;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.Protocols.Reports;

namespace Gaudi.Actors.Requests;

/// <summary>Gathers one report: asks every ready worker and the replica, waits for them no longer than the limit, ends.</summary>
internal sealed class ReportActor : ReceiveActor, IWithTimers
{
    private readonly TaskCompletionSource<ServerState> _answer;
    private readonly TimeSpan _limit;
    private readonly Dictionary<(string Node, int Card), WorkerReport> _workers = [];
    private ImmutableArray<CardOffer>? _cards;
    private ReplicaStatus? _replica;

    public ReportActor(
        IActorRef inventory, ICanTell replicas, string? replicaId, TimeSpan limit, TaskCompletionSource<ServerState> answer)
    {
        _answer = answer;
        Receive<InventoryChanged>(changed =>
        {
            if (_cards is not null)
                return;
            _cards = changed.Cards;
            foreach (var card in changed.Cards.Where(card => card.IsReady))
                card.Worker!.Tell(new GetWorkerReport(Self));
            EndWhenComplete();
        });
        Receive<WorkerReport>(report =>
        {
            var card = _cards!.Value.FirstOrDefault(one => Equals(one.Worker, Sender));
            if (card is not null)
                _workers[(card.Node, card.CardIndex)] = report;
            EndWhenComplete();
        });
        Receive<ReplicaStatus>(status =>
        {
            _replica = status;
            EndWhenComplete();
        });
        Receive<TimeIsUp>(_ => End());
        _limit = limit;
        inventory.Tell(new WatchInventory(Self));
        if (replicaId is null)
            _replica = Nobody;
        else
            replicas.Tell(new GetReplicaStatus(replicaId, Self), Self);
    }

    private static ReplicaStatus Nobody { get; } = new("", "degraded", "this node serves no model", true, 0, [], [], 0, 0, 0);

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => Timers.StartSingleTimer(nameof(TimeIsUp), new TimeIsUp(), _limit);

    protected override void PostStop() => _answer.TrySetResult(new ServerState(_cards ?? [], _workers.ToImmutableDictionary(), _replica));

    private void EndWhenComplete()
    {
        if (_cards is { } cards && _replica is not null && _workers.Count == cards.Count(card => card.IsReady))
            End();
    }

    private void End() => Context.Stop(Self);

    private sealed record TimeIsUp : ILocalMessage;
}
