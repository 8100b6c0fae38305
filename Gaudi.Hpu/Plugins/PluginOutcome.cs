namespace Gaudi.Hpu.Plugins;

/// <summary>What became of one entry point.</summary>
/// <param name="Group">Such as `vllm.platform_plugins`.</param>
/// <param name="Name">Such as `hpu`.</param>
/// <param name="Value">`Assembly:Method`.</param>
/// <param name="Assembly">The simple name of the assembly.</param>
/// <param name="Version">Its version.</param>
/// <param name="Outcome">One of the constants.</param>
/// <param name="Reason">One sentence; empty where there is nothing to say.</param>
/// <param name="DurationMs">How long loading and calling it took. Unit: milliseconds.</param>
public sealed record PluginOutcome(
    string Group,
    string Name,
    string Value,
    string Assembly,
    string Version,
    string Outcome,
    string Reason,
    double DurationMs)
{
    /// <summary>Found, and not asked to do anything.</summary>
    public const string Discovered = "discovered";

    /// <summary>The allow-list does not name it.</summary>
    public const string Filtered = "filtered";

    /// <summary>A platform that says it is not for this machine.</summary>
    public const string Declined = "declined";

    /// <summary>It could not be loaded, or threw.</summary>
    public const string Failed = "failed";

    /// <summary>A general plugin whose ops are in force.</summary>
    public const string Registered = "registered";

    /// <summary>The platform that was chosen.</summary>
    public const string Selected = "selected";

    /// <summary>It was not called, or was called and not chosen; the reason says which.</summary>
    public const string Skipped = "skipped";
}
