namespace Gaudi.Actors.Protocols.Reports;

/// <summary>One op.</summary>
public sealed record OpRow(
    string Name, string Module, string Provider, string Version, string? Replaces, bool Enabled, long Calls);
