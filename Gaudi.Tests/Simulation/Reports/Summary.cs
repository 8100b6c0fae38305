using System.Globalization;
using Gaudi.Tests.Simulation.World;

namespace Gaudi.Tests.Simulation.Reports;

/// <summary>A run in lines for people. Pure.</summary>
internal static class Summary
{
    /// <summary>The lines.</summary>
    /// <param name="took">Of this machine's time.</param>
    internal static IEnumerable<string> Of(Topology topology, SimResult result, TimeSpan took)
    {
        var seconds = result.ClientsFor.TotalSeconds;
        yield return Line(
            $"{topology.Name}: {topology.BoxCount} boxes, {topology.CardCount} cards, {topology.ReplicaCount} replicas of ",
            $"{topology.WorldSize} ranks, seed {result.Seed}");
        yield return Line(
            $"{result.RequestCount} requests, {result.Plan.Length} faults, {result.StepCount} group steps, ",
            $"{result.TokenCount} tokens in {seconds:0} s of clients");
        yield return Line($"endings          {string.Join(", ", result.Endings.Select(one => $"{one.Key} {one.Value}"))}");
        yield return Line($"tokens a second  {result.TokenCount / seconds:0.0}");
        yield return Line($"first token      {Times(result.FirstTokenSeconds)}");
        yield return Line($"between tokens   {Times(result.GapSeconds)}");
        yield return Line(
            $"availability     {100 * result.Availability:0.000} % of replica time; ",
            $"{result.DelayedCount} requests delayed by more than 2 s");
        yield return Line(
            $"messages         {result.CarriedCount} between processes, {result.SerialisedCount} of them serialised; ",
            $"longest mailbox {result.LongestQueue}");
        yield return Line(
            $"invariants       {(result.Violations.IsEmpty ? "all held" : "BROKEN")}: ",
            $"{string.Join(", ", result.Looks.Select(one => $"{one.Key} {one.Value}"))}");
        yield return Line($"met              {string.Join(", ", result.Sightings.Select(one => $"{one.Key} ({one.Value})"))}");
        yield return Line(
            $"took             {took.TotalSeconds:0.0} s for {result.Virtual.TotalSeconds:0} virtual seconds, ",
            $"{result.RunCount} mailbox runs, {result.EventCount} events, {Environment.WorkingSet >> 20} MiB");
    }

    private static string Times(System.Collections.Immutable.ImmutableArray<double> seconds) => string.Join(
        ", ", ((string Name, double Part)[])[("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("longest", 1)] is var parts
            ? parts.Select(part => Line($"{part.Name} {1000 * SimResult.Percentile(seconds, part.Part):0.0} ms"))
            : []);

    private static string Line(params FormattableString[] parts)
    {
        var line = "";
        foreach (var part in parts)
            line += part.ToString(CultureInfo.InvariantCulture);
        return line;
    }
}
