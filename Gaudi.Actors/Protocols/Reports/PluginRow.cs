namespace Gaudi.Actors.Protocols.Reports;

/// <summary>What became of one entry point in one process: a row of GET /v1/plugins and of `gaudi plugins --json`.</summary>
public sealed record PluginRow(
    string Node, int? Card, int? Pid, string Group, string Name, string Value, string Assembly, string Version,
    string Outcome, string Reason, double DurationMs);
