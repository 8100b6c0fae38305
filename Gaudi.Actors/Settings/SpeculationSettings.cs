using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Actors.Settings;

/// <summary>`gaudi.speculative`.</summary>
/// <param name="Method">Where drafts come from.</param>
/// <param name="ModelFolder">Of the draft model; null for the other methods.</param>
/// <param name="TokensMax">Most drafts of one choice in a step.</param>
/// <param name="NgramMin">Fewest last tokens that must stand earlier too.</param>
/// <param name="NgramMax">Most such tokens, tried first.</param>
/// <param name="Verification">When a draft of a sampled request stands.</param>
public sealed record SpeculationSettings(
    SpeculationMethod Method, string? ModelFolder, int TokensMax, int NgramMin, int NgramMax, VerificationMode Verification)
{
    /// <summary>Nothing is drafted.</summary>
    public static SpeculationSettings None { get; } =
        new(SpeculationMethod.None, null, 0, 1, 1, VerificationMode.Coupled);
}
