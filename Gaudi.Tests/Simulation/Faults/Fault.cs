using System.Collections.Immutable;

namespace Gaudi.Tests.Simulation.Faults;

/// <summary>One fault of a plan.</summary>
/// <param name="At">When.</param>
/// <param name="Kind">What.</param>
/// <param name="Boxes">Where: one box, the two ends of a link, or one side of a partition; none for a request.</param>
/// <param name="Card">Of the box; -1 where it is no card's.</param>
/// <param name="For">How long; zero where it has no end, or is over at once.</param>
/// <param name="Factor">How slow, or which part is lost; 0 otherwise.</param>
internal sealed record Fault(TimeSpan At, FaultKind Kind, ImmutableArray<int> Boxes, int Card, TimeSpan For, double Factor)
{
    /// <summary>When it is over.</summary>
    internal TimeSpan Until => At + For;
}
