using System.Diagnostics;
using Gaudi.Actors.Devices;
using Gaudi.Actors.Protocols;
using Gaudi.Hpu.Plugins;
using static System.FormattableString;

namespace Gaudi.Cluster.Node;

/// <summary>What happened on a node, in words. Pure.</summary>
internal static class NodeEventLines
{
    private const double BytesPerMib = 1024.0 * 1024;
    private const double BytesPerGib = 1024.0 * BytesPerMib;

    /// <summary>One line or a few; the first word says of what.</summary>
    internal static IEnumerable<string> Of(NodeEvent happened) => happened switch
    {
        NodeEvent.WorkerJoined joined => [.. joined.Worker.Plugins.Select(row => Plugin(joined.Worker, row)), Card(joined.Worker)],
        NodeEvent.WorkerLost lost => [$"lost     card {lost.CardIndex}: {lost.Reason}"],
        NodeEvent.GroupChanged changed => [Group(changed.Status), .. Memory(changed.Status), .. Notes(changed.Status)],
        NodeEvent.WorkerStarted or NodeEvent.NodeJoined or NodeEvent.DrainBegun or NodeEvent.DrainEnded or NodeEvent.PutOut => [],
        NodeEvent.CardTakenOut taken => [$"card     {taken.CardIndex} is {taken.State}: {taken.Reason}"],
        NodeEvent.RequestQuarantined request => [$"request  {request.RequestId} is not tried again: {request.Reason}"],
        NodeEvent.NodeLeft node => [$"node     {node.Node} left"],
        NodeEvent.AdministrationWent went => [$"{went.Kind,-8} {went.Reason}"],
        _ => throw new UnreachableException($"event {happened}"),
    };

    private static string Plugin(WorkerReady worker, PluginOutcome row)
    {
        var reason = row.Reason.Length == 0 ? "" : $" ({row.Reason})";
        var told = Invariant($"{row.Name}, value {row.Value}: {row.Outcome} in {row.DurationMs:F0} ms{reason}");
        return $"plugin   card {worker.CardIndex}: {told}";
    }

    private static string Card(WorkerReady worker)
    {
        var kind = worker.Generation + (worker.IsSimulated ? " (simulated)" : "");
        var memory = Invariant($"{worker.MemoryBytes / BytesPerGib:F1} GiB");
        var table = worker.Digest.Length > 12 ? worker.Digest[..12] : worker.Digest;
        return $"card     {worker.CardIndex}: {kind}, {memory}, platform {worker.Platform.Selected}, op table {table}, "
            + $"process {worker.Pid}";
    }

    private static string Group(ReplicaStatus status) => status.State switch
    {
        "forming" => $"group    {status.ReplicaId} forms, epoch {status.Epoch}: {Ranks(status)}",
        "serving" => $"group    {status.ReplicaId} serves, epoch {status.Epoch}: {Facts(status)}",
        _ => $"group    {status.ReplicaId} waits: {status.Reason}",
    };

    // Who holds what of each card, and of how much: the knob that a larger KV cache turns is among it.
    private static IEnumerable<string> Memory(ReplicaStatus status) => status.State != "serving"
        ? []
        : status.Facts.Select((facts, rank) =>
        {
            var parts = facts.Ledger.Select(lease => Invariant($"{lease.Purpose} {lease.Bytes / BytesPerMib:F2}"));
            var used = facts.Ledger.Sum(lease => lease.Bytes) / BytesPerMib;
            return $"memory   rank {rank}: {string.Join(" + ", parts)} = "
                + Invariant($"{used:F2} MiB, of {facts.CardBytes / BytesPerMib:F0} MiB x {facts.MemoryUtilization} memory utilization");
        });

    // What a rank says of what it loaded; ranks that say the same say it once.
    private static IEnumerable<string> Notes(ReplicaStatus status) => status.State != "serving"
        ? []
        : status.Facts.SelectMany(facts => facts.Notes).Distinct().Select(note => $"note     {note}");

    private static string Ranks(ReplicaStatus status) =>
        string.Join(", ", status.Ranks.Select((card, rank) => $"rank {rank} on {card}"));

    private static string Facts(ReplicaStatus status)
    {
        if (status.Facts is not [var first, ..])
            return "";
        var weights = string.Join(" + ", status.Facts.Select(facts => Invariant($"{facts.WeightBytes / BytesPerMib:F2}")));
        return $"{first.Architecture} in {first.Dtype}, weights {weights} MiB, "
            + $"{first.KvBlockCount} KV blocks of {first.BlockSizeTokens} tokens a rank";
    }
}
