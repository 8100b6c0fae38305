namespace Gaudi.Tests.Simulation.Cost;

/// <summary>Every step takes the same time, however much it is: for tests of what is decided, not of how fast it is.</summary>
internal sealed record ConstantCost(TimeSpan Step, TimeSpan Load, long Weight, long Block, long CardBytes) : IStepCost
{
    public TimeSpan Of(StepShape step, IReadOnlyList<GroupCard> cards) => Step;

    public TimeSpan LoadOf(int worldSize) => Load;

    public long WeightBytes(int worldSize) => Weight / worldSize;

    public long BlockBytes(int worldSize, int blockSizeTokens) => Block / worldSize * blockSizeTokens;
}
