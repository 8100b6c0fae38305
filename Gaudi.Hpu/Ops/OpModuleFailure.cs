namespace Gaudi.Hpu.Ops;

/// <summary>A module that could not be registered. Its ops stay what they were.</summary>
/// <param name="Module">The module.</param>
/// <param name="Reason">What went wrong, in one sentence.</param>
/// <param name="Error">What it threw.</param>
public sealed record OpModuleFailure(string Module, string Reason, Exception Error);
