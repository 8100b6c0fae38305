using System.Collections.Immutable;

namespace Gaudi.Actors.Protocols;

/// <summary>What a replica's recoveries have come to since it was made. Only grows.</summary>
/// <param name="StepFaultCount">Ended epochs after which it served again, by their first cause: a rank failed or was late.</param>
/// <param name="RankLostCount">The same: a card was lost.</param>
/// <param name="DeliberateCount">The same: somebody asked for it.</param>
/// <param name="ReplayedTokenCount">Tokens of running choices, prompt and emitted, that a new epoch computes again.</param>
/// <param name="StaleMessageCount">Messages of another epoch that the group's supervisor dropped.</param>
/// <param name="QuarantinedRequestCount">Requests that are never tried again, because steps with them failed.</param>
public sealed record RecoveryCounters(
    long StepFaultCount, long RankLostCount, long DeliberateCount, long ReplayedTokenCount, long StaleMessageCount,
    long QuarantinedRequestCount)
{
    /// <summary>The longest recovery of each range of <see cref="CountBySeconds"/>. Unit: seconds.</summary>
    public static ImmutableArray<double> SecondsBounds { get; } = [0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 30, 60];

    /// <summary>Recoveries by how long they took: one range more than bounds.</summary>
    public ImmutableArray<long> CountBySeconds { get; init; } = [.. new long[SecondsBounds.Length + 1]];

    /// <summary>How many.</summary>
    public long Count => StepFaultCount + RankLostCount + DeliberateCount;

    /// <summary>All of them together. Unit: seconds.</summary>
    public double Seconds { get; init; }

    /// <summary>The last one; 0 before the first. Unit: seconds.</summary>
    public double LastSeconds { get; init; }

    /// <summary>Nothing yet.</summary>
    public static RecoveryCounters Zero { get; } = new(0, 0, 0, 0, 0, 0);
}
