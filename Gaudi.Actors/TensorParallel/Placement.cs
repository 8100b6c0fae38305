using System.Collections.Immutable;
using Gaudi.Actors.Protocols;

namespace Gaudi.Actors.TensorParallel;

/// <summary>Which cards serve which ranks. Pure: the same cards give the same answer.</summary>
public static class Placement
{
    /// <summary>Chooses a card for each rank.</summary>
    /// <param name="cards">Every card of the cluster.</param>
    /// <param name="worldSize">How many ranks.</param>
    /// <param name="held">Cards that other groups use, by worker.</param>
    /// <returns>The cards in rank order: on as few nodes as possible; or the sentence that says what is missing.</returns>
    public static (ImmutableArray<CardOffer> Cards, string Missing) Choose(
        ImmutableArray<CardOffer> cards, int worldSize, IReadOnlySet<string> held)
    {
        var free = cards.Where(card => card.IsReady && !held.Contains(card.Name)).ToList();
        if (free.Count < worldSize)
            return ([], Missing(cards, free.Count, worldSize));
        var byNode = free
            .GroupBy(card => card.Node, StringComparer.Ordinal)
            .OrderByDescending(node => Math.Min(node.Count(), worldSize))
            .ThenBy(node => node.Key, StringComparer.Ordinal);
        return ([.. byNode.SelectMany(node => node.OrderBy(card => card.CardIndex)).Take(worldSize)], "");
    }

    private static string Missing(ImmutableArray<CardOffer> cards, int freeCount, int worldSize)
    {
        var others = cards.Where(card => !card.IsReady).Select(card =>
            card.Reason.Length == 0 ? $"{card.Name} is {card.State}" : $"{card.Name} is {card.State}: {card.Reason}");
        var list = string.Join("; ", others);
        return $"{worldSize} cards are needed and {freeCount} of {cards.Length} are ready" + (list.Length == 0 ? "" : $" ({list})");
    }
}
