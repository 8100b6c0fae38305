using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Platforms;

namespace Gaudi.Hpu.Plugins;

/// <summary>
/// An entry point that has been loaded and not yet called. One of the two functions is set, as its group asks.
/// </summary>
public sealed record PluginFunction
{
    /// <summary>
    /// Of the platform group: the full name of the platform class, or null for "not for this machine".
    /// </summary>
    public Func<PluginContext, string?>? Register { get; init; }

    /// <summary>Of the general group.</summary>
    public Action<OpRegistration>? RegisterOps { get; init; }

    /// <summary>Finds a class by its full name where the plugin would find it; null when there is none.</summary>
    public Func<string, Type?> FindType { get; init; } = _ => null;

    /// <summary>Finds and checks the platform class an entry point named (rule R36).</summary>
    /// <exception cref="PluginException">There is no such class, or it is no platform.</exception>
    internal Type PlatformType(string className)
    {
        var type = FindType(className)
            ?? throw new PluginException($"it returned the class {className}, which does not exist");
        if (type.IsAbstract || !type.IsSubclassOf(typeof(Platform)))
            throw new PluginException(
                $"it returned {className}, which is no class derived from {typeof(Platform).FullName}");
        return type.GetConstructor([typeof(PlatformSetup)]) is not null
            ? type
            : throw new PluginException($"{className} has no public constructor that takes a {nameof(PlatformSetup)}");
    }
}
