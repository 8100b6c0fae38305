namespace Gaudi.Hpu.Plugins;

/// <summary>What a plugin's failure means for the worker: the setting `gaudi.plugins.on-failure`.</summary>
public enum PluginFailurePolicy
{
    /// <summary>The plugin is reported, changes nothing, and the others go on.</summary>
    Report,

    /// <summary>The worker does not start; later plugins are not called.</summary>
    Stop,

    /// <summary>
    /// As upstream: one that cannot be loaded is skipped, a platform that throws is silently inactive, a general plugin
    /// that throws ends the start, and a second load then skips the rest in silence (rules R9, R15, R17, R25, R31,
    /// R34).
    /// </summary>
    Upstream,
}
