using System.Collections.Immutable;
using Gaudi.Actors.Requests;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Layers;

namespace Gaudi.Cluster.Http;

/// <summary>One prompt, ready for the engine.</summary>
/// <param name="Ids">At least one, each in the vocabulary, fewer than the context holds.</param>
/// <param name="Text">The client's text; null when the client sent token ids, or when it was cut.</param>
internal sealed record PromptTokens(ImmutableArray<int> Ids, string? Text)
{
    /// <summary>Its images, positions ascending.</summary>
    public ImmutableArray<PromptImage> Images { get; init; } = [];

    /// <summary>The same, by their contents.</summary>
    public ImmutableArray<CacheItem> Items { get; init; } = [];
}
