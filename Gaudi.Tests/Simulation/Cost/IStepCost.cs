namespace Gaudi.Tests.Simulation.Cost;

/// <summary>What work costs on the cards of a topology. Pure: the same question has the same answer.</summary>
internal interface IStepCost
{
    /// <summary>How long one step takes from the moment the last rank has entered it, without jitter.</summary>
    /// <param name="step">How much work it is.</param>
    /// <param name="cards">The group's cards in rank order.</param>
    TimeSpan Of(StepShape step, IReadOnlyList<GroupCard> cards);

    /// <summary>How long a rank takes to load its slice of the weights.</summary>
    /// <param name="worldSize">Ranks of the group.</param>
    TimeSpan LoadOf(int worldSize);

    /// <summary>Weights of one rank.</summary>
    /// <param name="worldSize">Ranks of the group.</param>
    long WeightBytes(int worldSize);

    /// <summary>One KV block of one rank.</summary>
    /// <param name="worldSize">Ranks of the group.</param>
    /// <param name="blockSizeTokens">Positions a block holds.</param>
    long BlockBytes(int worldSize, int blockSizeTokens);

    /// <summary>Memory of one card. Unit: bytes.</summary>
    long CardBytes { get; }
}
