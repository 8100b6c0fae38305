namespace Gaudi.Actors.Protocols.Reports;

/// <summary>One plugin of one process.</summary>
public sealed record PluginRow(
    string Node, int? Card, int? Pid, string Group, string Name, string Value, string Assembly, string Version,
    string Outcome, string Reason, double DurationMs);
