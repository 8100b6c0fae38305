namespace Gaudi.Actors.Protocols.Reports;

/// <summary>One op of the sealed registry.</summary>
/// <param name="Name">The upstream class name, such as `RMSNorm`.</param>
/// <param name="Module">The module that registered it.</param>
/// <param name="Provider">The assembly it comes from.</param>
/// <param name="Version">Of the assembly.</param>
/// <param name="Replaces">The chain of entry points it replaces; null when it replaces none.</param>
/// <param name="Enabled">False when settings chose the native forward.</param>
/// <param name="Calls">How often it ran since the registry was sealed.</param>
public sealed record OpRow(
    string Name, string Module, string Provider, string Version, string? Replaces, bool Enabled, long Calls);
