using System.Collections.Immutable;
using Gaudi.Actors.Protocols;

namespace Gaudi.Actors.TensorParallel;

/// <summary>Says how the op registries of a group's ranks differ (gap G5): ranks that differ never serve together.</summary>
public static class RegistryDiff
{
    /// <summary>Null when every card has the digest of the first; else one sentence with the lines that differ.</summary>
    public static string? Of(ImmutableArray<CardOffer> cards)
    {
        foreach (var (card, rank) in cards.Select((card, rank) => (card, rank)))
        {
            if (card.Digest == cards[0].Digest)
                continue;
            var missing = cards[0].RegistryLines.Except(card.RegistryLines, StringComparer.Ordinal).Select(line => $"-{line}");
            var extra = card.RegistryLines.Except(cards[0].RegistryLines, StringComparer.Ordinal).Select(line => $"+{line}");
            return $"rank {rank} ({card.Name}) has op registry {Short(card.Digest)}, rank 0 ({cards[0].Name}) has " +
                $"{Short(cards[0].Digest)}; they must be equal: {string.Join(", ", missing.Concat(extra))}";
        }
        return null;
    }

    private static string Short(string digest) => digest.Length > 12 ? digest[..12] : digest;
}
