using System.Collections.Immutable;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.Protocols.Reports;
using Gaudi.Actors.Requests;
using Gaudi.Hpu.Ops;

namespace Gaudi.Tests.Cluster.Http;

/// <summary>Two workers with one row each.</summary>
internal sealed class FakeReports : IServerReports
{
    public Func<CancellationToken, Task<HealthReport>> Health { get; set; } =
        _ => Task.FromResult(new HealthReport(true, ""));

    public EngineReport? Engine { get; set; } = new(
        2, 3, 5, 20, new EngineCounters(1L << 40, 7, 8, 9, 10, 11, 12, 13, [6, 4]),
        [new RankCollectives(0, 14), new RankCollectives(1, 15)]);

    public Task<ImmutableArray<EngineReport>> EnginesAsync(CancellationToken cancellation) =>
        Task.FromResult<ImmutableArray<EngineReport>>(Engine is null ? [] : [Engine]);

    public ImmutableArray<EventRow> Events { get; set; } = [];

    public Func<CancellationToken, Task> Ping { get; set; } = _ => Task.CompletedTask;

    public Task PingAsync(CancellationToken cancellation) => Ping(cancellation);

    public ImmutableArray<EventRow> EventsAfter(long seq) => [.. Events.Where(row => row.Seq > seq)];

    public Task<HealthReport> HealthAsync(CancellationToken cancellation) => Health(cancellation);

    public Task<ImmutableArray<PluginRow>> PluginsAsync(CancellationToken cancellation) =>
        Task.FromResult<ImmutableArray<PluginRow>>(
        [
            new PluginRow(
                "n1", 0, 12, "vllm.platform_plugins", "hpu", "Gaudi.Hpu:Register", "Gaudi.Hpu", "0.1.0", "selected",
                "2 simulated cards", 1.5),
            new PluginRow(
                "n1", null, null, "vllm.general_plugins", "hpu_custom_ops", "Gaudi.Hpu:RegisterOps", "Gaudi.Hpu", "0.1.0",
                "registered", "", 2),
        ]);

    public Task<OpsReport> OpsAsync(CancellationToken cancellation) => Task.FromResult(new OpsReport(
        "ab",
        [new WorkerDigest(12, "ab"), new WorkerDigest(13, "ab")],
        [
            new OpReportRow("RMSNorm", "hpu_layernorm", "Gaudi.Hpu", "0.1.0", "b > a", true, 7),
            new OpReportRow("SiluAndMul", "in-tree", "Gaudi.Hpu", "0.1.0", null, false, 0),
        ]));

    public Task<ImmutableArray<CardRow>> CardsAsync(CancellationToken cancellation) =>
        Task.FromResult<ImmutableArray<CardRow>>(
        [
            new CardRow("n1", 0, "gaudi2", true, "ready", 12, 0, "m/0", 3, 1000, 10, "ab"),
            new CardRow("n1", 1, "gaudi2", true, "lost", null, null, null, null, 1000, 0, null),
        ]);
}
