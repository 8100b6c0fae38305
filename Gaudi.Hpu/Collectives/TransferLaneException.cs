namespace Gaudi.Hpu.Collectives;

/// <summary>A transfer lane cannot be opened.</summary>
/// <param name="message">What was expected, what came, what to do.</param>
/// <param name="cause">What the system said.</param>
public sealed class TransferLaneException(string message, Exception? cause = null) : Exception(message, cause);
