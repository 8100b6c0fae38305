namespace Gaudi.Hpu.Plugins;

/// <summary>A line for the log of the process.</summary>
/// <param name="Level">How loud.</param>
/// <param name="Text">One line.</param>
/// <param name="Error">What was thrown; null when nothing was.</param>
public sealed record PluginLogLine(PluginLogLevel Level, string Text, Exception? Error = null);
