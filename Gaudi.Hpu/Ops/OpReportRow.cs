namespace Gaudi.Hpu.Ops;

/// <summary>One op of the report.</summary>
/// <param name="Name">The registry key, which is the upstream class name.</param>
/// <param name="Module">The module that registered the answering class; `in-tree` for the runtime's own.</param>
/// <param name="Provider">The entry point it came from; `in-tree` for the runtime's own.</param>
/// <param name="Version">The version of the provider's assembly.</param>
/// <param name="Replaces">The providers it took the place of, newest first, as `a > b`; null when none.</param>
/// <param name="Enabled">False when the configuration makes it run the native forward.</param>
/// <param name="Calls">Forwards so far, of every instance in the process.</param>
public sealed record OpReportRow(
    string Name, string Module, string Provider, string Version, string? Replaces, bool Enabled, long Calls);
