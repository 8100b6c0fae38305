namespace Gaudi.Tests.Simulation.Calibration;

/// <summary>What one server took, as medians.</summary>
/// <param name="Decode">A step in which so many sequences generate.</param>
/// <param name="Prefill">From a request of a long prompt to its first token.</param>
internal sealed record Timing(IReadOnlyDictionary<int, TimeSpan> Decode, TimeSpan Prefill);
