using System.Globalization;
using Gaudi.Hpu.Cards;

namespace Gaudi.Cluster.Node;

/// <summary>The cards a node will use, spares among them: the machine's own, or stand-ins where it has none.</summary>
/// <param name="CardCount">A worker is started for each.</param>
/// <param name="Simulated">What the workers simulate, memory included; null: nothing.</param>
/// <param name="Why">One sentence for the start's report.</param>
internal sealed record CardPlan(int CardCount, SimulatedCardSettings? Simulated, string Why)
{
    /// <summary>
    /// How many of them only wait for another to be lost. Memory and threads are not divided by them: one works in another's place.
    /// </summary>
    internal int SpareCount { get; init; }

    /// <summary>Chooses. Real cards come first, unless the user asked for stand-ins.</summary>
    /// <param name="wish">What is wanted.</param>
    /// <param name="found">What the machine has.</param>
    /// <param name="availableBytes">Memory the machine has free; asked once, so that all workers share one answer.</param>
    /// <exception cref="NodeStartException">Fewer cards than asked for.</exception>
    internal static CardPlan Choose(CardWish wish, CardProbeResult found, Func<long> availableBytes)
    {
        var isRealWanted = wish.Simulated is null || !wish.IsGenerationSet;
        if (isRealWanted && !found.Cards.IsEmpty)
            return new CardPlan(CountOf(wish, found.Cards.Length), null, $"found by {found.Cards[0].Origin}")
            {
                SpareCount = wish.SpareCount,
            };
        if (wish.Simulated is not { } simulated)
            return new CardPlan(CountOf(wish, 1), null, $"the processor alone, because {found.Reason}")
            {
                SpareCount = wish.SpareCount,
            };
        var count = wish switch
        {
            { IsCountSet: true } => CountOf(wish, simulated.Count),
            { NeededCount: 0 } => CountOf(wish with { SpareCount = 0 }, simulated.Count) + wish.SpareCount,
            _ => (wish.CardCount ?? wish.NeededCount) + wish.SpareCount,
        };
        var memoryBytes = simulated.MemoryBytes
            ?? CardMemory.SimulatedBytes(simulated.Generation, availableBytes(), count - wish.SpareCount);
        return new CardPlan(
            count, simulated with { Count = count, MemoryBytes = memoryBytes },
            wish.IsGenerationSet ? "simulated, as gaudi.cards.simulate says" : $"simulated, because {found.Reason}")
        {
            SpareCount = wish.SpareCount,
        };
    }

    /// <summary>The plan as HOCON for the workers, over everything the user said.</summary>
    internal string ToHocon() => Simulated is { } simulated
        ? string.Create(
            CultureInfo.InvariantCulture,
            $$"""
            gaudi.cards.simulate {
              generation = {{simulated.Generation.ToString().ToLowerInvariant()}}
              count = {{simulated.Count}}
              memory-bytes = {{simulated.MemoryBytes}}
            }

            """)
        : "gaudi.cards.simulate.generation = none\n";

    private static int CountOf(CardWish wish, int thereAre)
    {
        if (wish.SpareCount == 0)
            return CountWithoutSpares(wish, thereAre);
        var least = (wish.CardCount ?? Math.Max(1, wish.NeededCount)) + wish.SpareCount;
        return least > thereAre
            ? throw new NodeStartException(string.Create(
                CultureInfo.InvariantCulture,
                $"expected {least} cards on this machine, {wish.SpareCount} of them spare, but it has {thereAre}; lower --spares"))
            : wish.CardCount is null ? thereAre : least;
    }

    private static int CountWithoutSpares(CardWish wish, int thereAre) =>
        wish.CardCount is null || wish.CardCount <= thereAre
            ? wish.CardCount ?? thereAre
            : throw new NodeStartException(string.Create(
                CultureInfo.InvariantCulture,
                $"expected {wish.CardCount} cards on this machine, as --cards says, but it has {thereAre}; ask for at most that many"));
}
