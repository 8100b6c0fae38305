namespace Gaudi.Hpu.Plugins;

/// <summary>
/// The plugin contract an assembly was written for. One that declares another, or none, is refused (gap G4).
/// </summary>
/// <param name="version">Such as <see cref="Current"/>.</param>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class PluginApiVersionAttribute(int version) : Attribute
{
    /// <summary>The contract of this runtime. Raised when a plugin would have to change.</summary>
    public const int Current = 1;

    /// <summary>The contract the assembly was written for.</summary>
    public int Version { get; } = version;
}
