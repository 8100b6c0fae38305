using System.Collections.Immutable;
using Gaudi.Actors.Protocols.Reports;

namespace Gaudi.Actors.Requests;

/// <summary>What the server can tell about itself. Any thread. An engine that does not answer leaves the call waiting.</summary>
public interface IServerReports
{
    /// <summary>Every plugin of every worker, by node, card, group and name.</summary>
    Task<ImmutableArray<PluginRow>> PluginsAsync(CancellationToken cancellation);

    /// <summary>Every op, and the digest of every worker.</summary>
    Task<OpsReport> OpsAsync(CancellationToken cancellation);

    /// <summary>Every card of every node, by node and card.</summary>
    Task<ImmutableArray<CardRow>> CardsAsync(CancellationToken cancellation);

    /// <summary>What each replica counts, by index; without those that do not answer.</summary>
    Task<ImmutableArray<EngineReport>> EnginesAsync(CancellationToken cancellation);

    /// <summary>Completes when the node's actors answer, whatever the engine does.</summary>
    Task PingAsync(CancellationToken cancellation);

    /// <summary>Kept events of this node with higher numbers, ascending.</summary>
    ImmutableArray<EventRow> EventsAfter(long seq);

    /// <summary>Whether a request would be served now.</summary>
    Task<HealthReport> HealthAsync(CancellationToken cancellation);
}
