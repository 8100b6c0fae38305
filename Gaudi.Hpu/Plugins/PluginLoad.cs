using System.Collections.Immutable;
using Gaudi.Hpu.Platforms;

namespace Gaudi.Hpu.Plugins;

/// <summary>What a process loaded.</summary>
/// <param name="Plugins">Every entry point found, in the order of discovery.</param>
/// <param name="Platform">How the platform was chosen.</param>
/// <param name="ActivePlatform">The platform; an <see cref="UnspecifiedPlatform"/> when <paramref name="Fatal"/> says
/// why.</param>
/// <param name="Fatal">Not null: the worker must not start, for this reason, in one sentence.</param>
public sealed record PluginLoad(
    ImmutableArray<PluginOutcome> Plugins, PlatformReport Platform, Platform ActivePlatform, string? Fatal)
{
    /// <summary>The configuration after the platform's check.</summary>
    public PlatformConfig Config { get; init; } = new();
}
