namespace Gaudi.Actors.Protocols.Reports;

/// <summary>What became of one plugin in one process. In JSON as `gaudi plugins --json` shows it.</summary>
/// <param name="Node">The machine's node, by address.</param>
/// <param name="Card">The worker's card; null when asked of a machine without a server.</param>
/// <param name="Pid">The worker's process; null as above.</param>
/// <param name="Group">`vllm.platform_plugins` or `vllm.general_plugins`.</param>
/// <param name="Name">The plugin's.</param>
/// <param name="Value">`Assembly:Method`.</param>
/// <param name="Assembly">By simple name.</param>
/// <param name="Version">Of the assembly.</param>
/// <param name="Outcome">discovered, filtered, declined, failed, registered, selected or skipped.</param>
/// <param name="Reason">Why; empty when there is nothing to say.</param>
/// <param name="DurationMs">How long its entry point ran. Unit: milliseconds.</param>
public sealed record PluginRow(
    string Node, int? Card, int? Pid, string Group, string Name, string Value, string Assembly, string Version,
    string Outcome, string Reason, double DurationMs);
