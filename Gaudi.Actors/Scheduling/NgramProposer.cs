using System.Collections.Immutable;

namespace Gaudi.Actors.Scheduling;

/// <summary>Drafts from a sequence's own tokens: what followed its last tokens when they stood there before.</summary>
internal static class NgramProposer
{
    /// <summary>Tries the longest ending first, and of its earlier places the first one, as upstream.</summary>
    /// <param name="tokens">All known tokens.</param>
    /// <param name="ngramMin">Fewest last tokens that must stand earlier too; at least 1.</param>
    /// <param name="ngramMax">Most such tokens.</param>
    /// <param name="draftsMax">Most drafts.</param>
    /// <returns>Empty where the ending is new.</returns>
    internal static ImmutableArray<int> Propose(ReadOnlySpan<int> tokens, int ngramMin, int ngramMax, int draftsMax)
    {
        if (draftsMax <= 0)
            return [];
        for (var length = Math.Min(ngramMax, tokens.Length - 1); length >= ngramMin; length--)
        {
            // The last token is left out: a place that ends with it is the ending itself, which nothing follows.
            var place = tokens[..^1].IndexOf(tokens[^length..]);
            if (place < 0)
                continue;
            var following = tokens[(place + length)..];
            return [.. following[..Math.Min(draftsMax, following.Length)]];
        }
        return [];
    }
}
