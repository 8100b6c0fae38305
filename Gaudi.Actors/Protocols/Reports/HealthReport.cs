using System.Collections.Immutable;

namespace Gaudi.Actors.Protocols.Reports;

/// <summary>Whether a request would be served now.</summary>
/// <param name="IsServing">A group is ready and takes requests.</param>
/// <param name="Reason">Which replicas do not serve, and why, naming the rank or card; empty while all of them do.</param>
public sealed record HealthReport(bool IsServing, string Reason)
{
    /// <summary>
    /// serving, forming, degraded, draining, or silent where the replica does not answer; of several, that of one that does not serve.
    /// </summary>
    public string State { get; init; } = "";

    /// <summary>`model/replica`; empty where it is not known.</summary>
    public string Group { get; init; } = "";

    /// <summary>Of the group; null where it is not known.</summary>
    public long? Epoch { get; init; }

    /// <summary>Why the last epoch ended that served, while it recovers; else empty.</summary>
    public string Cause { get; init; } = "";

    /// <summary>Cards that are not ready, a sentence each, where a replica does not serve.</summary>
    public ImmutableArray<string> Cards { get; init; } = [];
}
