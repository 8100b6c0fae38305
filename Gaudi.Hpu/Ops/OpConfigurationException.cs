namespace Gaudi.Hpu.Ops;

/// <summary>
/// A setting that chooses ops contradicts itself, or names one that there is not. The user's fault: the start is refused with this message.
/// </summary>
public sealed class OpConfigurationException(string message) : Exception(message);
