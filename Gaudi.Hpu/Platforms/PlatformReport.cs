using System.Collections.Immutable;

namespace Gaudi.Hpu.Platforms;

/// <summary>Which platform a process runs on, and why.</summary>
/// <param name="Selected">Its name; `unspecified` when none is active.</param>
/// <param name="ClassName">Its full class name.</param>
/// <param name="Candidates">Every platform considered: built-in ones first, then in the order of discovery.</param>
/// <param name="Changes">Every setting the platform changed.</param>
public sealed record PlatformReport(
    string Selected,
    string ClassName,
    ImmutableArray<PlatformCandidate> Candidates,
    ImmutableArray<PlatformChange> Changes)
{
    /// <summary>Which attention it runs for which kind of model, and which it refuses.</summary>
    public ImmutableArray<AttentionOffer> Attention { get; init; } = [];
}
