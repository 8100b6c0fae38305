using System.Globalization;
using System.Text.Json;

namespace Gaudi.Tests.Simulation.Reports;

/// <summary>A trace by seconds: steps, requests, endings, faults and replicas that changed, as CSV.</summary>
internal static class Timeline
{
    private static readonly string[] Kinds = ["step", "request", "answer", "fault", "worker_lost", "group_serving", "group_degraded"];

    /// <summary>Reads a trace and writes its timeline.</summary>
    internal static void Write(string trace, string timeline)
    {
        var rows = new SortedDictionary<long, int[]>();
        foreach (var line in File.ReadLines(trace))
        {
            using var row = JsonDocument.Parse(line);
            var kind = Array.IndexOf(Kinds, row.RootElement.GetProperty("kind").GetString());
            if (kind < 0)
                continue;
            var second = row.RootElement.GetProperty("us").GetInt64() / 1_000_000;
            if (!rows.TryGetValue(second, out var counts))
                rows[second] = counts = new int[Kinds.Length];
            counts[kind]++;
        }
        using var file = new StreamWriter(timeline);
        file.WriteLine($"second,{string.Join(",", Kinds)}");
        foreach (var (second, counts) in rows)
            file.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{second},{string.Join(",", counts)}"));
    }
}
