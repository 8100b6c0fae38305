using System.Collections.Immutable;
using Gaudi.Tests.Simulation.Faults;

namespace Gaudi.Tests.Simulation;

/// <summary>What a run came to.</summary>
internal sealed record SimResult
{
    public required int Seed { get; init; }

    public required string Digest { get; init; }

    /// <summary>What was broken; empty where every invariant held.</summary>
    public required ImmutableArray<string> Violations { get; init; }

    /// <summary>The faults it ran under.</summary>
    public required ImmutableArray<Fault> Plan { get; init; }

    public required ImmutableSortedDictionary<string, int> Sightings { get; init; }

    public required ImmutableSortedDictionary<string, long> Looks { get; init; }

    public required ImmutableSortedDictionary<string, int> Endings { get; init; }

    public required int RequestCount { get; init; }

    public required long StepCount { get; init; }

    public required long TokenCount { get; init; }

    public required long RunCount { get; init; }

    public required long EventCount { get; init; }

    public required long CarriedCount { get; init; }

    public required long SerialisedCount { get; init; }

    public required TimeSpan Virtual { get; init; }

    public required TimeSpan ClientsFor { get; init; }

    /// <summary>Seconds from a request to its first token, ascending.</summary>
    public required ImmutableArray<double> FirstTokenSeconds { get; init; }

    /// <summary>Seconds between two tokens of an answer, ascending.</summary>
    public required ImmutableArray<double> GapSeconds { get; init; }

    /// <summary>Requests that waited longer than two seconds between two tokens, or for the first.</summary>
    public required int DelayedCount { get; init; }

    /// <summary>Of all time of all replicas from the first on, the part that they served.</summary>
    public required double Availability { get; init; }

    public required string LongestQueue { get; init; }

    /// <summary>The newest lines of the trace, for a failure.</summary>
    public required ImmutableArray<string> LastLines { get; init; }

    /// <summary>A percentile of ascending values; 0 of none.</summary>
    internal static double Percentile(ImmutableArray<double> ascending, double part) =>
        ascending.IsEmpty ? 0 : ascending[Math.Clamp((int)Math.Ceiling(part * ascending.Length) - 1, 0, ascending.Length - 1)];
}
