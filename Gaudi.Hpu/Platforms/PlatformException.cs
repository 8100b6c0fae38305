namespace Gaudi.Hpu.Platforms;

/// <summary>A platform cannot do what is asked of it. The world's fault: the message says what to do.</summary>
public sealed class PlatformException(string message) : Exception(message);
