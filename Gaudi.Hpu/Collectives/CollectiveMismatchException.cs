namespace Gaudi.Hpu.Collectives;

/// <summary>Two ranks called different operations at the same place. A defect of the model, not of the network.</summary>
/// <param name="epoch">The epoch, which has ended.</param>
/// <param name="sequence">The number of the call on each rank, from 1.</param>
/// <param name="firstRank">One rank.</param>
/// <param name="first">What it called.</param>
/// <param name="secondRank">Another.</param>
/// <param name="second">What that one called.</param>
public sealed class CollectiveMismatchException(
    long epoch, long sequence, int firstRank, CollectiveCall first, int secondRank, CollectiveCall second)
    : Exception(
        $"epoch {epoch}, call {sequence}: rank {firstRank} called {first}, rank {secondRank} called {second}; "
        + "every rank must call the same operations with the same lengths in the same order")
{
    /// <summary>The epoch, which has ended.</summary>
    public long Epoch { get; } = epoch;
}
