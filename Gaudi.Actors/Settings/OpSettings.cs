namespace Gaudi.Actors.Settings;

/// <summary>`gaudi.ops`.</summary>
/// <param name="CustomOps">Upstream's `custom_ops` list.</param>
/// <param name="Disable">Ops that run their plain forward.</param>
public sealed record OpSettings(IReadOnlyList<string> CustomOps, IReadOnlyList<string> Disable);
