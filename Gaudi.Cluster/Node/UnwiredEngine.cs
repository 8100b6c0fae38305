using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Gaudi.Actors.Devices;
using Gaudi.Actors.Protocols.Reports;
using Gaudi.Actors.Requests;
using Gaudi.Hpu.Cards;

namespace Gaudi.Cluster.Node;

/// <summary>Stands where the actors' root will stand: starts a worker a card, serves nothing.</summary>
internal sealed class UnwiredEngine : IGenerationClient, IServerReports
{
    private readonly ImmutableArray<CardRow> _cards;
    private readonly ConcurrentQueue<WorkerExit> _exits = [];

    internal UnwiredEngine(EngineNode node, CardPlan plan, string nodeRef)
    {
        _cards =
        [
            .. plan.Cards.Select(card => Row(card, node.Workers.Launch(
                new WorkerLaunch(card.Index, 1, "token", nodeRef, ImmutableDictionary<string, string>.Empty), _exits.Enqueue))),
        ];
    }

    public async IAsyncEnumerable<GenerationEvent> GenerateAsync(
        GenerationRequest request, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await Task.Yield();
        yield return new GenerationEvent.Refused(RefusalKind.Unavailable, "no engine is wired yet", 1);
    }

    public Task<ImmutableArray<PluginRow>> PluginsAsync(CancellationToken cancellation) => Task.FromResult<ImmutableArray<PluginRow>>([]);

    public Task<OpsReport> OpsAsync(CancellationToken cancellation) => Task.FromResult(new OpsReport("", [], []));

    public Task<ImmutableArray<CardRow>> CardsAsync(CancellationToken cancellation) => Task.FromResult(_cards);

    public Task<HealthReport> HealthAsync(CancellationToken cancellation) => Task.FromResult(new HealthReport(true, ""));

    private static CardRow Row(CardFacts card, IWorkerProcess worker) => new(
        "127.0.0.1", card.Index, card.Generation.ToString().ToLowerInvariant(), card.IsSimulated, "started", worker.Pid,
        null, null, null, card.MemoryBytes, 0, null);
}
