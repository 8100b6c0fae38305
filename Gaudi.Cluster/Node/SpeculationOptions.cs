namespace Gaudi.Cluster.Node;

/// <summary>What the command line says about speculation. Null: the default of hocon/reference.conf.</summary>
/// <param name="Method">`ngram` or `draft-model`.</param>
/// <param name="Model">The draft model, for draft-model alone.</param>
/// <param name="TokensMax">Most drafts of one choice in a step.</param>
/// <param name="NgramMin">Fewest last tokens that must stand earlier too.</param>
/// <param name="NgramMax">Most such tokens.</param>
/// <param name="Verification">`coupled` or `standard`.</param>
internal sealed record SpeculationOptions(
    string Method, string? Model, int? TokensMax, int? NgramMin, int? NgramMax, string? Verification);
