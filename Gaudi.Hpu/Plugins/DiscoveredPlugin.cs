using System.Collections.Immutable;

namespace Gaudi.Hpu.Plugins;

/// <summary>An entry point as its assembly's metadata declares it.</summary>
/// <param name="Group">Such as `vllm.platform_plugins`.</param>
/// <param name="Name">Such as `hpu`.</param>
/// <param name="TypeName">The full name of the class that has the method.</param>
/// <param name="Method">The method.</param>
/// <param name="Assembly">The simple name of the assembly.</param>
/// <param name="Version">Its version, as `major.minor.build`.</param>
/// <param name="Path">Its file; in no report and no digest.</param>
public sealed record DiscoveredPlugin(
    string Group, string Name, string TypeName, string Method, string Assembly, string Version, string Path)
{
    /// <summary>What is shown: `Assembly:Method`.</summary>
    public string Value => $"{Assembly}:{Method}";

    /// <summary>The contract it was written for; null when it declares none.</summary>
    public int? ApiVersion { get; init; } = PluginApiVersionAttribute.Current;

    /// <summary>See <see cref="EntryPointAttribute.Replaces"/>.</summary>
    public string? Replaces { get; init; }

    /// <summary>See <see cref="EntryPointAttribute.After"/>.</summary>
    public ImmutableArray<string> After { get; init; } = [];

    /// <summary>See <see cref="EntryPointAttribute.Needs"/>.</summary>
    public ImmutableArray<string> Needs { get; init; } = [];

    /// <summary>The row of a report.</summary>
    public PluginOutcome With(string outcome, string reason, double durationMs = 0) =>
        new(Group, Name, Value, Assembly, Version, outcome, reason, durationMs);
}
