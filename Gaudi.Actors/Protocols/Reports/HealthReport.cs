namespace Gaudi.Actors.Protocols.Reports;

/// <summary>Whether a request would be served now.</summary>
/// <param name="IsServing">A group is ready and takes requests.</param>
/// <param name="Reason">Which replicas do not serve, and why; empty while all of them do.</param>
public sealed record HealthReport(bool IsServing, string Reason);
