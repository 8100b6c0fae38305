namespace Gaudi.Hpu.Execution;

/// <summary>Which adapter a slot holds during a step.</summary>
/// <param name="Slot">From 1.</param>
/// <param name="LoraId">Of a loaded adapter.</param>
public sealed record LoraPlace(int Slot, string LoraId);
