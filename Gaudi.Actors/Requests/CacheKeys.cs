using System.Collections.Immutable;

namespace Gaudi.Actors.Requests;

/// <summary>What beside its tokens tells one prefix from another (rule K1).</summary>
/// <param name="Salt">In the first block's hash, and so in all that follow; null or not empty.</param>
/// <param name="LoraId">In every block's hash; null for the base model.</param>
/// <param name="Items">Multimodal items, by ascending position: each is in the hashes of the blocks it touches.</param>
public sealed record CacheKeys(string? Salt, string? LoraId, ImmutableArray<CacheItem> Items)
{
    /// <summary>Tokens alone decide.</summary>
    public static CacheKeys None { get; } = new(null, null, []);
}
