namespace Gaudi.Hpu.Ops;

/// <summary>
/// An op cannot be registered. The plugin's fault: the host turns it into an outcome of the entry point.
/// </summary>
public sealed class OpRegistrationException(string message) : Exception(message);
