using System.Collections.Immutable;
using Akka.Actor;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.Protocols.Reports;

namespace Gaudi.Actors.Requests;

/// <summary>Gathers one report: asks every ready worker and every replica, waits for them no longer than the limit, ends.</summary>
internal sealed class ReportActor : ReceiveActor, IWithTimers
{
    private readonly TaskCompletionSource<ServerState> _answer;
    private readonly TimeSpan _limit;
    private readonly Dictionary<(string Node, int Card), WorkerReport> _workers = [];
    private ImmutableArray<CardOffer>? _cards;
    private readonly ImmutableArray<string> _replicaIds;
    private readonly ReplicaStatus?[] _replicas;

    public ReportActor(
        IActorRef inventory, ICanTell replicas, ImmutableArray<string> replicaIds, TimeSpan limit, TaskCompletionSource<ServerState> answer)
    {
        _answer = answer;
        (_replicaIds, _replicas) = (replicaIds, new ReplicaStatus?[replicaIds.Length]);
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
            if (_replicaIds.IndexOf(status.ReplicaId) is var index and >= 0)
                _replicas[index] = status;
            EndWhenComplete();
        });
        Receive<TimeIsUp>(_ => End());
        _limit = limit;
        inventory.Tell(new WatchInventory(Self));
        foreach (var replicaId in replicaIds)
            replicas.Tell(new GetReplicaStatus(replicaId, Self), Self);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => Timers.StartSingleTimer(nameof(TimeIsUp), new TimeIsUp(), _limit);

    protected override void PostStop() =>
        _answer.TrySetResult(new ServerState(_cards ?? [], _workers.ToImmutableDictionary(), [.. _replicas]));

    private void EndWhenComplete()
    {
        if (_cards is { } cards && !_replicas.Contains(null) && _workers.Count == cards.Count(card => card.IsReady))
            End();
    }

    private void End() => Context.Stop(Self);

    private sealed record TimeIsUp : ILocalMessage;
}
