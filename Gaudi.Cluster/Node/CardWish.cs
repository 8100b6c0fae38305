using Gaudi.Hpu.Cards;

namespace Gaudi.Cluster.Node;

/// <summary>What the settings say about cards, and which of it the user said.</summary>
/// <param name="Simulated">As gaudi.cards.simulate has it; null: generation none.</param>
/// <param name="IsGenerationSet">The user set the generation: stand-ins are wanted also where there are real cards.</param>
/// <param name="IsCountSet">The user set the count.</param>
/// <param name="CardCount">`--cards`; null: auto.</param>
/// <param name="NeededCount">Cards the model needs of this node; 0 when it only lends what it has.</param>
internal sealed record CardWish(
    SimulatedCardSettings? Simulated, bool IsGenerationSet, bool IsCountSet, int? CardCount, int NeededCount)
{
    /// <summary>Cards beyond those that work.</summary>
    internal int SpareCount { get; init; }
}
