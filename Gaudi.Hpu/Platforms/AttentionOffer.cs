using System.Collections.Immutable;

namespace Gaudi.Hpu.Platforms;

/// <summary>What a platform answers a kind of model that asks for attention.</summary>
/// <param name="Need">`plain` heads, `latent` (multi-head latent attention), or `sparse` (a chosen few positions).</param>
/// <param name="Backend">What runs; null where such a model is refused.</param>
/// <param name="Reason">One sentence: why this one, or why none.</param>
public sealed record AttentionOffer(string Need, string? Backend, string Reason)
{
    /// <summary>The answers to all kinds, in a fixed order.</summary>
    public static ImmutableArray<AttentionOffer> Of(Platform platform) =>
    [
        .. new (string Name, AttentionNeeds Needs)[]
        {
            ("plain", new AttentionNeeds()), ("latent", new AttentionNeeds(UsesMla: true)),
            ("sparse", new AttentionNeeds(IsSparse: true)),
        }.Select(kind => (kind.Name, Choice: platform.ChooseAttention(kind.Needs)))
            .Select(kind => new AttentionOffer(kind.Name, kind.Choice.Backend, kind.Choice.Reason)),
    ];
}
