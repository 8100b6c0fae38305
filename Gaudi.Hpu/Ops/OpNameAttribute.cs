namespace Gaudi.Hpu.Ops;

/// <summary>
/// Names an in-tree op: its registry key is the upstream class name ("RMSNorm"), which a plugin replaces, and its
/// config name ("rms_norm") is what `custom_ops` switches on and off.
/// </summary>
/// <param name="key">The upstream class name, exact and case-sensitive (rules R47, R48).</param>
/// <param name="configName">The upstream registered name (rule R42).</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class OpNameAttribute(string key, string configName) : Attribute
{
    /// <summary>The upstream class name.</summary>
    public string Key { get; } = key;

    /// <summary>The name used in `custom_ops` while the in-tree class runs.</summary>
    public string ConfigName { get; } = configName;
}
