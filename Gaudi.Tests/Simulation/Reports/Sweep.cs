using System.Collections.Immutable;
using System.Globalization;
using Gaudi.Tests.Simulation.Cost;
using Gaudi.Tests.Simulation.World;

namespace Gaudi.Tests.Simulation.Reports;

/// <summary>Runs for each number of spare cards a box, under the same load and the same seeds.</summary>
/// <param name="options">What was asked.</param>
/// <param name="output">Gets the table.</param>
internal sealed class Sweep(SimOptions options, TextWriter output)
{
    private const string Usual = "simulation";

    /// <summary>Runs them, and writes a table and a chart.</summary>
    /// <returns>0 where every invariant held in every run.</returns>
    /// <exception cref="FormatException">Something else than spares is to be swept.</exception>
    internal int Run(Topology topology, IStepCost cost, string what, Func<Topology, IStepCost, int, SimRun> runOf)
    {
        var parts = what.Split('=');
        if (parts is not ["spares", var range])
            throw new FormatException($"expected spares=A..B, came `{what}`");
        var (from, to) = SimOptions.Range(range);
        var seeds = options.Seeds ?? (options.Seed, options.Seed);
        var rows = ImmutableArray.CreateBuilder<SweepRow>();
        for (var spares = from; spares <= to; spares++)
        {
            var with = WithSpares(topology, spares);
            rows.Add(SweepRow.Of(
                spares, [.. Enumerable.Range(seeds.From, seeds.To - seeds.From + 1).Select(seed => runOf(with, cost, seed).Execute())]));
        }
        foreach (var line in Table(rows))
            output.WriteLine(line);
        var folder = options.Output ?? Usual;
        Directory.CreateDirectory(folder);
        File.WriteAllLines(Path.Combine(folder, "sweep.txt"), Table(rows));
        File.WriteAllText(Path.Combine(folder, "sweep.svg"), SweepChart.Of($"{topology.Name}: spare cards a box", rows.ToImmutable()));
        output.WriteLine($"table and chart: {Path.Combine(folder, "sweep.txt")}, {Path.Combine(folder, "sweep.svg")}");
        return rows.All(row => row.BrokenCount == 0) ? 0 : 1;
    }

    /// <summary>As many cards as the ranks need, and so many more in each box. Pure.</summary>
    internal static Topology WithSpares(Topology topology, int spares)
    {
        var needed = topology.ReplicaCount * topology.WorldSize;
        var counts = topology.CardCounts.ToArray();
        // Boxes keep their proportions: a big one has more ranks.
        for (var box = 0; box < counts.Length; box++)
            counts[box] = (int)Math.Ceiling((double)needed * topology.CardCounts[box] / topology.CardCount) + spares;
        return topology with { CardCounts = [.. counts] };
    }

    private static IEnumerable<string> Table(IEnumerable<SweepRow> rows)
    {
        yield return "spares   available   delayed   refused   tokens/s   first token p50/p99 ms   between tokens p50/p99 ms   broken";
        foreach (var row in rows)
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"{row.Spares,6}   {100 * row.Availability,8:0.00}%   {100 * row.DelayedPart,6:0.00}%   {100 * row.RefusedPart,6:0.00}%   "
                + $"{row.TokensPerSecond,8:0.0}   {row.FirstP50Ms,10:0.0} / {row.FirstP99Ms,9:0.0}   {row.GapP50Ms,13:0.0} / "
                + $"{row.GapP99Ms,9:0.0}   {row.BrokenCount,6}");
    }
}
