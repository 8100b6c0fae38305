using System.Collections.Immutable;
using Gaudi.Actors.Protocols.Reports;
using Gaudi.Actors.Requests;

namespace Gaudi.Tests.Cluster.Http;

/// <summary>Two workers with one row each.</summary>
internal sealed class FakeReports : IServerReports
{
    public Func<CancellationToken, Task<HealthReport>> Health { get; set; } = _ => Task.FromResult(new HealthReport(true, ""));

    public Task<HealthReport> HealthAsync(CancellationToken cancellation) => Health(cancellation);

    public Task<ImmutableArray<PluginRow>> PluginsAsync(CancellationToken cancellation) =>
        Task.FromResult<ImmutableArray<PluginRow>>([]);

    public Task<OpsReport> OpsAsync(CancellationToken cancellation) => Task.FromResult(new OpsReport("d", [], []));

    public Task<ImmutableArray<CardRow>> CardsAsync(CancellationToken cancellation) =>
        Task.FromResult<ImmutableArray<CardRow>>([]);
}
