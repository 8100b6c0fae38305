namespace Gaudi.Hpu.Ops;

/// <summary>
/// The `custom_ops` setting contradicts itself. The user's fault: the start is refused with this message.
/// </summary>
public sealed class OpConfigurationException(string message) : Exception(message);
