using System.Collections.Immutable;
using Gaudi.Actors.Protocols.Reports;

namespace Gaudi.Actors.Requests;

/// <summary>What the server can tell about itself. Any thread.</summary>
public interface IServerReports
{
    /// <summary>Every plugin of every process.</summary>
    Task<ImmutableArray<PluginRow>> PluginsAsync(CancellationToken cancellation);

    /// <summary>Every op, and the digest of every worker.</summary>
    Task<OpsReport> OpsAsync(CancellationToken cancellation);

    /// <summary>Every card of every node.</summary>
    Task<ImmutableArray<CardRow>> CardsAsync(CancellationToken cancellation);

    /// <summary>Whether a request would be served now.</summary>
    Task<HealthReport> HealthAsync(CancellationToken cancellation);
}
