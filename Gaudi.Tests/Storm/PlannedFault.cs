namespace Gaudi.Tests.Storm;

/// <summary>A fault that is to come.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Class">What is done.</param>
/// <param name="Rank">To which rank, where it is done to one.</param>
/// <param name="LastsMs">How long it is kept up, where it ends by itself. Unit: milliseconds.</param>
/// <param name="AfterMs">How long the flow is watched before it. Unit: milliseconds. So it meets every phase of an answer.</param>
internal sealed record PlannedFault(int Number, FaultClass Class, int Rank, int LastsMs, int AfterMs);
