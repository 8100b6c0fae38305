using System.Collections.Immutable;
using Gaudi.Actors.Protocols;

namespace Gaudi.Actors.TensorParallel;

/// <summary>Which cards serve which ranks. Pure: the same cards give the same answer.</summary>
public static class Placement
{
    // Of a thousand cards nobody reads all, and every change would send them to everybody who asks.
    private const int NamedMax = 16;

    /// <summary>Chooses a card for each rank. A rank whose worker is still there keeps it, with its weights; only others move.</summary>
    /// <param name="cards">Every card of the cluster.</param>
    /// <param name="worldSize">How many ranks.</param>
    /// <param name="taken">Cards that may not be used, by name, each with the reason.</param>
    /// <param name="before">The cards that had the ranks before, by rank; null where none had it. Empty: the first time.</param>
    /// <returns>
    /// The cards in rank order, or the sentence that says what is missing. The first time on as few nodes as possible, of those with
    /// the op registry that most have. A lost rank
    /// goes to its own node where a card is free, then to the node with most of the group; only to a card with the op registry of
    /// the ranks that stay.
    /// </returns>
    public static (ImmutableArray<CardOffer> Cards, string Missing) Choose(
        ImmutableArray<CardOffer> cards, int worldSize, IReadOnlyDictionary<string, string> taken,
        ImmutableArray<CardOffer?> before)
    {
        var free = cards.Where(card => card.IsReady && !taken.ContainsKey(card.Name)).ToList();
        var ranks = new CardOffer?[worldSize];
        for (var rank = 0; rank < Math.Min(worldSize, before.Length); rank++)
            ranks[rank] = free.FirstOrDefault(card => card.Worker!.Equals(before[rank]?.Worker) && !ranks.Contains(card));
        if (ranks.OfType<CardOffer>().FirstOrDefault() is not { } survivor)
            return free.Count < worldSize
                ? ([], Missing(cards, taken, free.Count, worldSize))
                : (FewNodes(OfOneRegistry(free, worldSize), worldSize), "");
        var spares = free.Where(card => !ranks.Contains(card)).ToList();
        var strangers = spares.Where(card => card.Digest != survivor.Digest).ToList();
        spares.RemoveAll(strangers.Contains);
        for (var rank = 0; rank < worldSize; rank++)
        {
            if (ranks[rank] is not null || spares.Count == 0)
                continue;
            ranks[rank] = Best(spares, rank < before.Length ? before[rank]?.Node : null, ranks);
            spares.Remove(ranks[rank]!);
        }
        if (ranks.All(card => card is not null))
            return ([.. ranks.Select(card => card!)], "");
        var reasons = strangers.Aggregate(
            taken.ToImmutableDictionary(),
            (all, card) => all.SetItem(card.Name, RegistryDiff.Between(survivor, card)));
        return ([], Missing(cards, reasons, free.Count - strangers.Count, worldSize));
    }

    // Ranks must have the same op registry. Where none has enough cards all are given, and whoever asked sees how they differ.
    private static List<CardOffer> OfOneRegistry(List<CardOffer> free, int worldSize) => free
        .GroupBy(card => card.Digest, StringComparer.Ordinal)
        .Where(same => same.Count() >= worldSize)
        .OrderByDescending(same => same.Count())
        .ThenBy(same => same.Key, StringComparer.Ordinal)
        .FirstOrDefault()?.ToList() ?? free;

    private static ImmutableArray<CardOffer> FewNodes(List<CardOffer> free, int worldSize) =>
    [
        .. free
            .GroupBy(card => card.Node, StringComparer.Ordinal)
            .OrderByDescending(node => Math.Min(node.Count(), worldSize))
            .ThenBy(node => node.Key, StringComparer.Ordinal)
            .SelectMany(node => node.OrderBy(card => card.CardIndex))
            .Take(worldSize),
    ];

    private static CardOffer Best(List<CardOffer> spares, string? home, CardOffer?[] ranks) => spares
        .OrderByDescending(card => card.Node == home)
        .ThenByDescending(card => ranks.Count(one => one?.Node == card.Node))
        .ThenBy(card => card.Node, StringComparer.Ordinal)
        .ThenBy(card => card.CardIndex)
        .First();

    private static string Missing(
        ImmutableArray<CardOffer> cards, IReadOnlyDictionary<string, string> taken, int freeCount, int worldSize)
    {
        var unusable = cards.Where(card => !card.IsReady || taken.ContainsKey(card.Name)).ToList();
        var others = unusable.Take(NamedMax).Select(card =>
            card.IsReady ? $"{card.Name}: {taken[card.Name]}"
            : card.Reason.Length == 0 ? $"{card.Name} is {card.State}"
            : $"{card.Name} is {card.State}: {card.Reason}");
        var list = string.Join("; ", others) + (unusable.Count > NamedMax ? $"; and {unusable.Count - NamedMax} more" : "");
        return $"{worldSize} cards are needed and {freeCount} of {cards.Length} are ready" + (list.Length == 0 ? "" : $" ({list})");
    }
}
