using System.Collections.Immutable;
using System.Globalization;
using Gaudi.Hpu.Cards;

namespace Gaudi.Cluster.Node;

/// <summary>The cards a node will use: the machine's own, or stand-ins where it has none.</summary>
/// <param name="Cards">By index; a worker is started for each.</param>
/// <param name="Simulated">What the workers simulate; null: nothing.</param>
/// <param name="Why">One sentence for the start's report.</param>
internal sealed record CardPlan(ImmutableArray<CardFacts> Cards, SimulatedCardSettings? Simulated, string Why)
{
    /// <summary>Chooses.</summary>
    /// <param name="wanted">What the user asked to simulate; null: nothing was said.</param>
    /// <param name="found">What the machine has.</param>
    /// <param name="cardCount">`--cards`; null: auto.</param>
    /// <param name="neededCount">Cards this node must have when it is alone; 0 when it only offers what it has.</param>
    /// <param name="fallback">The generation simulated where nothing was found and nothing said.</param>
    /// <param name="availableBytes">Memory the machine has free; asked once, so that all workers share one answer.</param>
    /// <exception cref="NodeStartException">Fewer cards than asked for.</exception>
    internal static CardPlan Choose(
        SimulatedCardSettings? wanted, CardProbeResult found, int? cardCount, int neededCount, CardGeneration fallback,
        Func<long> availableBytes)
    {
        if (wanted is null && !found.Cards.IsEmpty)
            return new CardPlan(Take(found.Cards, cardCount), null, found.Reason);
        var simulated = wanted ?? new SimulatedCardSettings(fallback, cardCount ?? Math.Max(1, neededCount), MemoryBytes: null);
        simulated = simulated with
        {
            MemoryBytes = simulated.MemoryBytes
                ?? CardMemory.SimulatedBytes(simulated.Generation, availableBytes(), simulated.Count),
        };
        var why = wanted is null ? $"simulated, because {found.Reason}" : "simulated, as gaudi.cards.simulate says";
        return new CardPlan(Take(SimulatedCards.Facts(simulated, availableBytes), cardCount), simulated, why);
    }

    private static ImmutableArray<CardFacts> Take(ImmutableArray<CardFacts> cards, int? count) =>
        count is null || count <= cards.Length
            ? cards[..(count ?? cards.Length)]
            : throw new NodeStartException(string.Create(
                CultureInfo.InvariantCulture,
                $"expected {count} cards on this machine, as --cards says, but it has {cards.Length}; ask for at most that many"));
}
