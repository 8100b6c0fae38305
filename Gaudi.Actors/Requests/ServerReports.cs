using System.Collections.Immutable;
using Akka.Actor;
using Gaudi.Actors.Devices;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.Protocols.Reports;
using Gaudi.Hpu.Ops;

namespace Gaudi.Actors.Requests;

/// <summary>Answers what the server can tell about itself, from its actors' own state. Any thread.</summary>
/// <param name="reports">The report supervisor.</param>
/// <param name="events">What happened on the node; null where nobody keeps it.</param>
public sealed class ServerReports(IActorRef reports, EventLog? events = null) : IServerReports
{
    /// <inheritdoc />
    public ImmutableArray<EventRow> EventsAfter(long seq) => events?.After(seq) ?? [];

    /// <inheritdoc />
    public async Task PingAsync(CancellationToken cancellation)
    {
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        reports.Tell(new PingReports(answer));
        await answer.Task.WaitAsync(cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public async Task<ImmutableArray<PluginRow>> PluginsAsync(CancellationToken cancellation)
    {
        var state = await StateAsync(cancellation).ConfigureAwait(false);
        return
        [
            .. Answered(state).SelectMany(pair => pair.Worker.Plugins.Select(plugin => new PluginRow(
                pair.Card.Node, pair.Card.CardIndex, pair.Worker.Pid, plugin.Group, plugin.Name, plugin.Value, plugin.Assembly,
                plugin.Version, plugin.Outcome, plugin.Reason, plugin.DurationMs))),
        ];
    }

    /// <inheritdoc />
    public async Task<OpsReport> OpsAsync(CancellationToken cancellation)
    {
        var state = await StateAsync(cancellation).ConfigureAwait(false);
        var workers = Answered(state).Select(pair => pair.Worker).ToList();
        ImmutableArray<OpReportRow> ops =
        [
            .. workers
                .SelectMany(worker => worker.Ops)
                .GroupBy(op => op.Name, StringComparer.Ordinal)
                .OrderBy(op => op.Key, StringComparer.Ordinal)
                .Select(op => op.First() with { Calls = op.Sum(one => one.Calls) }),
        ];
        return new OpsReport(
            workers.FirstOrDefault()?.Digest ?? "", [.. workers.Select(worker => new WorkerDigest(worker.Pid, worker.Digest))], ops);
    }

    /// <inheritdoc />
    public async Task<ImmutableArray<CardRow>> CardsAsync(CancellationToken cancellation)
    {
        var state = await StateAsync(cancellation).ConfigureAwait(false);
        var isServing = state.Replicas.All(replica => replica is { State: "serving" });
        return [.. state.Cards.Select(card => Row(card, state.Workers.GetValueOrDefault((card.Node, card.CardIndex)), isServing))];
    }

    /// <inheritdoc />
    public async Task<ImmutableArray<EngineReport>> EnginesAsync(CancellationToken cancellation)
    {
        var state = await StateAsync(cancellation).ConfigureAwait(false);
        return
        [
            .. state.Replicas.Select((replica, index) => replica is null ? null : Engine(state, replica) with { Index = index })
                .OfType<EngineReport>(),
        ];
    }

    /// <inheritdoc />
    public async Task<HealthReport> HealthAsync(CancellationToken cancellation)
    {
        var state = await StateAsync(cancellation).ConfigureAwait(false);
        if (state.Replicas.IsEmpty)
            return new HealthReport(false, "this node serves no model");
        var reasons = state.Replicas.Select(replica => replica switch
        {
            null => "the replica does not answer",
            { State: "serving" } => "",
            _ => replica.Reason,
        }).ToList();
        // One that does not serve says more than those that do.
        var told = state.Replicas.FirstOrDefault(replica => replica is not { State: "serving" }, state.Replicas[0]);
        return new HealthReport(
            state.Replicas.Any(replica => replica is { State: "serving" }),
            state.Replicas.Length == 1
                ? reasons[0]
                : string.Join("; ", reasons.Index().Where(one => one.Item.Length > 0).Select(one => $"replica {one.Index}: {one.Item}")))
        {
            State = told?.State ?? "silent", Group = told?.ReplicaId ?? "", Epoch = told?.Epoch, Cause = told?.EndCause ?? "",
            Cards = told is { State: "serving" }
                ? []
                : [.. state.Cards.Where(card => !card.IsReady).Select(card => $"{card.Name} is {card.State}: {card.Reason}")],
        };
    }

    private static EngineReport Engine(ServerState state, ReplicaStatus replica)
    {
        var ranks = Answered(state)
            .Select(pair => pair.Worker)
            .Where(worker => worker.GroupId == replica.ReplicaId && worker.Epoch == replica.Epoch && worker.Rank is not null)
            .OrderBy(worker => worker.Rank);
        return new EngineReport(
            replica.RunningCount, replica.WaitingCount, replica.BlocksUsed,
            replica.Facts.IsEmpty ? 0 : replica.Facts.Min(rank => rank.KvBlockCount), replica.Counters,
            [.. ranks.Select(worker => new RankCollectives(worker.Rank!.Value, worker.CollectiveCount))])
        {
            Transfers = replica.Transfers,
            HeldCount = replica.HeldCount,
            DeferredCount = replica.DeferredCount,
            BlockSizeTokens = replica.Facts.FirstOrDefault()?.BlockSizeTokens ?? 0,
            Dtype = replica.Facts.FirstOrDefault()?.Dtype ?? "",
            RunningLoras = replica.RunningLoras,
            WaitingLoras = replica.WaitingLoras,
            MemoryUtilization = replica.Facts.FirstOrDefault()?.MemoryUtilization ?? 0,
            Epoch = replica.Epoch,
            Recoveries = replica.Recoveries,
            Cards =
            [
                .. state.Cards.Select(card => new CardCounters(
                    card.Node, card.CardIndex, Math.Max(0, card.Incarnation - 1),
                    state.Workers.GetValueOrDefault((card.Node, card.CardIndex))?.StaleMessageCount ?? 0)),
            ],
        };
    }

    // A card that no group took while one serves is a spare.
    private static string StateOf(WorkerReport worker, bool isServing) =>
        isServing && worker is { State: "ready", GroupId: null } ? "spare" : worker.State;

    private static CardRow Row(CardOffer card, WorkerReport? worker, bool isServing) => new(
        card.Node, card.CardIndex, card.Generation, card.IsSimulated,
        worker is not null ? StateOf(worker, isServing)
            : (card.IsReady ? "silent" : card.State), card.Pid, worker?.Rank, worker?.GroupId, worker?.Epoch,
        card.MemoryBytes, worker?.UsedBytes ?? 0, card.Digest.Length == 0 ? null : card.Digest)
    {
        Reason = card.Reason, Incarnation = card.Incarnation, Restarts = Math.Max(0, card.Incarnation - 1),
        LastExit = card.LastExit.Length == 0 ? null : card.LastExit,
    };

    private static IEnumerable<(CardOffer Card, WorkerReport Worker)> Answered(ServerState state) =>
        from card in state.Cards
        let worker = state.Workers.GetValueOrDefault((card.Node, card.CardIndex))
        where worker is not null
        select (card, worker);

    private async Task<ServerState> StateAsync(CancellationToken cancellation)
    {
        var answer = new TaskCompletionSource<ServerState>(TaskCreationOptions.RunContinuationsAsynchronously);
        reports.Tell(new OpenReport(answer));
        return await answer.Task.WaitAsync(cancellation).ConfigureAwait(false);
    }
}
