using System.Collections.Immutable;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Gaudi.Actors.Protocols.Reports;

namespace Gaudi.Cluster.Node;

/// <summary>What `serve` tells while it starts. One thread at a time.</summary>
/// <param name="output">Standard output of `serve`; standard error of `ask`.</param>
internal sealed class StartLines(TextWriter output)
{
    private static readonly JsonSerializerOptions Pasted = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private const double BytesPerGib = 1024.0 * 1024 * 1024;

    /// <summary>What is about to be served.</summary>
    internal void Serving(string model, string folder, int tensorParallelSize, int pid) =>
        output.WriteLine($"gaudi    serves {model} ({folder}), tensor-parallel size {tensorParallelSize}, node process {pid}");

    /// <summary>How the node found its cards.</summary>
    internal void Cards(CardPlan plan) => output.WriteLine($"cards    {plan.Cards.Length}, {plan.Why}");

    /// <summary>What each worker made of each plugin.</summary>
    internal void Plugins(ImmutableArray<PluginRow> rows)
    {
        foreach (var row in rows)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"plugin   card {row.Card} (process {row.Pid}): {row.Name}, {row.Value}: {row.Outcome}, {row.DurationMs:F0} ms{Reason(row)}"));
        }
    }

    /// <summary>The cards with their ranks.</summary>
    internal void Cards(ImmutableArray<CardRow> rows)
    {
        foreach (var row in rows)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"card     {row.Node}/{row.Card}: {row.Generation}{(row.Simulated ? " (simulated)" : "")}, {row.State}, "
                + $"process {row.WorkerPid}, {row.UsedBytes / BytesPerGib:F2} of {row.MemoryBytes / BytesPerGib:F2} GiB used"));
        }
        foreach (var group in rows.Where(row => row.Group is not null).GroupBy(row => (row.Group, row.Epoch)))
        {
            var ranks = group.OrderBy(row => row.Rank).Select(row => $"rank {row.Rank} on {row.Node}/{row.Card}");
            var digest = group.First().Digest is { Length: > 12 } text ? text[..12] : group.First().Digest;
            output.WriteLine($"group    {group.Key.Group}, epoch {group.Key.Epoch}, op table {digest}: {string.Join(", ", ranks)}");
        }
    }

    /// <summary>The node offers its cards to the cluster.</summary>
    internal void Joined(HostPort seed, string address)
    {
        output.WriteLine($"ready    joined the cluster of {seed} as {address}");
        output.Flush();
    }

    /// <summary>The server answers.</summary>
    internal void Ready(Uri url, string model)
    {
        var body = JsonSerializer.Serialize(new
        {
            model,
            messages = new[] { new { role = "user", content = "What is 17 + 25?" } },
        }, Pasted);
        var server = url.GetLeftPart(UriPartial.Authority);
        output.WriteLine($"ready    {server}");
        // Pasted as it is: a single quote inside would end the shell's string.
        output.WriteLine(
            $"try      curl {server}/v1/chat/completions -H 'Content-Type: application/json' -d '{body.Replace("'", "'\\''", StringComparison.Ordinal)}'");
        output.Flush();
    }

    private static string Reason(PluginRow row) => row.Reason.Length == 0 ? "" : $" ({row.Reason})";
}
