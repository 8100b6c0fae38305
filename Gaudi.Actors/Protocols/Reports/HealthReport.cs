namespace Gaudi.Actors.Protocols.Reports;

/// <summary>Whether a request would be served now.</summary>
/// <param name="IsServing">A group is ready and takes requests.</param>
/// <param name="Reason">Why not, in one sentence; empty while serving.</param>
public sealed record HealthReport(bool IsServing, string Reason);
