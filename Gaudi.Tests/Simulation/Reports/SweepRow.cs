namespace Gaudi.Tests.Simulation.Reports;

/// <summary>What runs with one number of spares came to, over their seeds.</summary>
/// <param name="Spares">Spare cards a box.</param>
/// <param name="Availability">Mean part of replica time that was served.</param>
/// <param name="DelayedPart">Of all requests those that waited more than 2 s for a token.</param>
/// <param name="RefusedPart">Of all requests those that were refused or lost.</param>
/// <param name="TokensPerSecond">Mean.</param>
/// <param name="FirstP50Ms">Median of the runs' medians.</param>
/// <param name="FirstP99Ms">Worst of the runs.</param>
/// <param name="GapP50Ms">Median of the runs' medians.</param>
/// <param name="GapP99Ms">Worst of the runs.</param>
/// <param name="BrokenCount">Runs in which an invariant did not hold.</param>
internal sealed record SweepRow(
    int Spares, double Availability, double DelayedPart, double RefusedPart, double TokensPerSecond, double FirstP50Ms, double FirstP99Ms,
    double GapP50Ms, double GapP99Ms, int BrokenCount)
{
    /// <summary>Of these runs.</summary>
    internal static SweepRow Of(int spares, IReadOnlyList<SimResult> runs)
    {
        double requests = Math.Max(1, runs.Sum(run => run.RequestCount));
        double Middle(Func<SimResult, double> of) => runs.Select(of).Order().ElementAt(runs.Count / 2);
        return new SweepRow(
            spares, runs.Average(run => run.Availability), runs.Sum(run => run.DelayedCount) / requests,
            runs.Sum(run => run.Endings.Where(one => one.Key is not ("length" or "abort")).Sum(one => one.Value)) / requests,
            runs.Average(run => run.TokenCount / run.ClientsFor.TotalSeconds),
            1000 * Middle(run => SimResult.Percentile(run.FirstTokenSeconds, 0.5)),
            1000 * runs.Max(run => SimResult.Percentile(run.FirstTokenSeconds, 0.99)),
            1000 * Middle(run => SimResult.Percentile(run.GapSeconds, 0.5)),
            1000 * runs.Max(run => SimResult.Percentile(run.GapSeconds, 0.99)),
            runs.Count(run => !run.Violations.IsEmpty));
    }
}
