using System.Collections.Immutable;

namespace Gaudi.Hpu.Platforms;

/// <summary>What a platform made of a configuration.</summary>
/// <param name="Config">The configuration in force.</param>
/// <param name="Changes">Everything that differs from what was given, and why.</param>
/// <param name="Problems">Why it cannot run, one sentence each. Empty when it can.</param>
public sealed record PlatformConfigCheck(
    PlatformConfig Config, ImmutableArray<PlatformChange> Changes, ImmutableArray<string> Problems);
