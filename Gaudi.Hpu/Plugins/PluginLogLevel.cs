namespace Gaudi.Hpu.Plugins;

/// <summary>How loud a line is.</summary>
public enum PluginLogLevel
{
    /// <summary>For those who look for something.</summary>
    Debug,

    /// <summary>The normal course of things.</summary>
    Info,

    /// <summary>Something the user probably did not want.</summary>
    Warning,

    /// <summary>Something failed.</summary>
    Error,
}
