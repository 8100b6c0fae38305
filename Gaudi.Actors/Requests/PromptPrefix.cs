using System.Collections.Immutable;
using Gaudi.Actors.Scheduling;

namespace Gaudi.Actors.Requests;

/// <summary>The full blocks of a prompt as prefix caches know them. Pure.</summary>
internal static class PromptPrefix
{
    /// <summary>The hashes of a prompt's full blocks, each of everything before it too.</summary>
    internal static ImmutableArray<BlockHash> Of(GenerationRequest request, int blockSizeTokens)
    {
        var tokens = request.PromptTokenIds.AsSpan();
        var hashes = ImmutableArray.CreateBuilder<BlockHash>(tokens.Length / blockSizeTokens);
        BlockHash? parent = null;
        for (var first = 0; first + blockSizeTokens <= tokens.Length; first += blockSizeTokens)
        {
            parent = BlockContent.HashOf(parent, tokens.Slice(first, blockSizeTokens), first, tokens.Length, request.CacheKeys);
            hashes.Add(parent.Value);
        }
        return hashes.MoveToImmutable();
    }
}
