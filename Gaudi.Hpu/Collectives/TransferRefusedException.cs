namespace Gaudi.Hpu.Collectives;

/// <summary>A peer's memory cannot be read by this rank, now or ever: another model, another engine, no such offer.</summary>
/// <param name="message">What was expected and what came.</param>
public sealed class TransferRefusedException(string message) : Exception(message);
