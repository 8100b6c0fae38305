namespace Gaudi.Actors.Protocols.Reports;

/// <summary>Whether a request would be served now.</summary>
public sealed record HealthReport(bool IsServing, string Reason);
