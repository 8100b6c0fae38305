namespace Gaudi.Tests.Storm;

/// <summary>
/// Which faults come, decided by the seed alone: in each round every class once and SIGSTOP twice, in an order that is
/// drawn anew. Pure.
/// </summary>
internal static class FaultPlan
{
    /// <summary>Ranks of the group that the storm serves with.</summary>
    internal const int WorldSize = 2;

    private const int AfterMsMax = 400;

    // A stall shorter than a step's limit ends by itself; a longer one is found. Both must be right.
    private static readonly (int Least, int Most) StallMs = (200, 4000);

    // Below what the failure detectors bear, and above what the split-brain resolver waits for.
    private static readonly (int Least, int Most) PartitionMs = (500, 12_000);

    /// <summary>The faults in order, without end.</summary>
    internal static IEnumerable<PlannedFault> Make(int seed, IReadOnlyList<FaultClass> classes)
    {
        var random = new Random(seed);
        for (var number = 1; ;)
        {
            // Kills, partitions and failures of plugins have several classes, stops have one: so each kind is met often enough.
            FaultClass[] round = [.. classes, .. classes.Where(one => one == FaultClass.Stop)];
            random.Shuffle(round);
            foreach (var one in round)
                yield return Draw(random, number++, one);
        }
    }

    // Every fault takes the same draws, so that the choice of classes changes no other part of the plan.
    private static PlannedFault Draw(Random random, int number, FaultClass one)
    {
        var (rank, after, length) = (random.Next(WorldSize), random.Next(AfterMsMax), random.NextDouble());
        var (least, most) = one switch
        {
            FaultClass.LaneStall => StallMs,
            FaultClass.Partition => PartitionMs,
            _ => (0, 0),
        };
        return new PlannedFault(number, one, rank, least + (int)((most - least) * length), after);
    }
}
