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
            if (card.Digest != cards[0].Digest)
                return $"rank {rank} ({card.Name}) has op registry {Short(card.Digest)}, rank 0 ({cards[0].Name}) has " +
                    $"{Short(cards[0].Digest)}; they must be equal: {Lines(cards[0], card)}";
        }
        return null;
    }

    /// <summary>Why a card cannot stand beside one of a group, as a part of a sentence that names the card.</summary>
    public static string Between(CardOffer inGroup, CardOffer other) =>
        $"it has op registry {Short(other.Digest)}, the group's on {inGroup.Name} is {Short(inGroup.Digest)}; they must be equal: "
        + Lines(inGroup, other);

    private static string Lines(CardOffer expected, CardOffer other)
    {
        var missing = expected.RegistryLines.Except(other.RegistryLines, StringComparer.Ordinal).Select(line => $"-{line}");
        var extra = other.RegistryLines.Except(expected.RegistryLines, StringComparer.Ordinal).Select(line => $"+{line}");
        return string.Join(", ", missing.Concat(extra));
    }

    private static string Short(string digest) => digest.Length > 12 ? digest[..12] : digest;
}
