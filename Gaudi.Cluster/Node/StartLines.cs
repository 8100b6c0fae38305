using System.Diagnostics;
using System.Text.Encodings.Web;
using System.Text.Json;
using Gaudi.Actors.Devices;
using Gaudi.Actors.Protocols;
using static System.FormattableString;

namespace Gaudi.Cluster.Node;

/// <summary>What `serve` tells while it starts. One thread at a time.</summary>
/// <param name="output">Standard output of `serve`; standard error of `ask`.</param>
/// <param name="log">Where lines go once the node is ready.</param>
internal sealed class StartLines(TextWriter output, TextWriter log)
{
    private static readonly JsonSerializerOptions Pasted = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private const double BytesPerMib = 1024.0 * 1024;
    private const double BytesPerGib = 1024.0 * BytesPerMib;

    private bool _isReady;

    /// <summary>What is about to be served, and by whom.</summary>
    internal void Serving(string model, string folder, int tensorParallelSize, string node) => output.WriteLine(
        $"gaudi    serves {model} from {folder} at tensor-parallel size {tensorParallelSize}; this is node {node}, process {Environment.ProcessId}");

    /// <summary>How the node found its cards.</summary>
    internal void Cards(CardPlan plan) => output.WriteLine($"cards    {plan.CardCount}, {plan.Why}");

    /// <summary>What happened, in a line or a few: results while the node starts, and log lines afterwards.</summary>
    internal void Tell(NodeEvent happened)
    {
        var target = _isReady ? log : output;
        foreach (var line in Lines(happened))
            target.WriteLine(line);
        target.Flush();
    }

    /// <summary>The node offers its cards to the cluster.</summary>
    internal void Joined(HostPort seed, string address)
    {
        output.WriteLine($"ready    joined the cluster of {seed} as {address}");
        output.Flush();
        _isReady = true;
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
        _isReady = true;
    }

    private static IEnumerable<string> Lines(NodeEvent happened) => happened switch
    {
        NodeEvent.WorkerJoined joined => Lines(joined.Worker),
        NodeEvent.WorkerLost lost => [$"lost     card {lost.CardIndex}: {lost.Reason}"],
        NodeEvent.GroupChanged changed => Lines(changed.Status),
        _ => throw new UnreachableException($"event {happened}"),
    };

    private static IEnumerable<string> Lines(WorkerReady worker)
    {
        foreach (var plugin in worker.Plugins)
        {
            var reason = plugin.Reason.Length == 0 ? "" : $" ({plugin.Reason})";
            yield return Invariant(
                $"plugin   card {worker.CardIndex}: {plugin.Name}, value {plugin.Value}: {plugin.Outcome} in {plugin.DurationMs:F0} ms{reason}");
        }
        yield return Invariant(
            $"card     {worker.CardIndex}: {worker.Generation}{(worker.IsSimulated ? " (simulated)" : "")}, {worker.MemoryBytes / BytesPerGib:F1} GiB, ")
            + $"platform {worker.Platform.Selected}, op table {Short(worker.Digest)}, process {worker.Pid}";
    }

    private static IEnumerable<string> Lines(ReplicaStatus status)
    {
        var ranks = string.Join(", ", status.Ranks.Select((card, rank) => $"rank {rank} on {card}"));
        yield return status.State switch
        {
            "forming" => $"group    {status.ReplicaId} forms, epoch {status.Epoch}: {ranks}",
            "serving" => $"group    {status.ReplicaId} serves, epoch {status.Epoch}: {Facts(status)}",
            _ => $"group    {status.ReplicaId} waits: {status.Reason}",
        };
    }

    private static string Facts(ReplicaStatus status) => status.Facts is not [var first, ..] ? "" : Invariant(
        $"{first.Architecture} in {first.Dtype}, weights {Weights(status)} MiB, ")
        + $"{first.KvBlockCount} KV blocks of {first.BlockSizeTokens} tokens a rank";

    private static string Weights(ReplicaStatus status) =>
        string.Join(" + ", status.Facts.Select(facts => Invariant($"{facts.WeightBytes / BytesPerMib:F2}")));

    private static string Short(string digest) => digest.Length > 12 ? digest[..12] : digest;
}
