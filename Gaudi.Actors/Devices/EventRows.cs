using System.Diagnostics;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.Protocols.Reports;

namespace Gaudi.Actors.Devices;

/// <summary>A node's events as rows of its log. Pure.</summary>
public static class EventRows
{
    /// <summary>The row of an event.</summary>
    /// <param name="seq">Its number.</param>
    /// <param name="time">When it was told.</param>
    /// <param name="node">Whose.</param>
    /// <param name="happened">What.</param>
    /// <param name="recoveryCount">Recoveries of the group that were told before, so that none is told twice.</param>
    public static EventRow Of(long seq, DateTimeOffset time, string node, NodeEvent happened, long recoveryCount)
    {
        EventRow Row(string kind, string reason = "") => new(seq, time, node, kind, reason);
        return happened switch
        {
            NodeEvent.WorkerStarted one => Row("worker_started") with { Card = one.CardIndex, Incarnation = one.Incarnation },
            NodeEvent.WorkerJoined one => Row("worker_joined") with
            {
                Card = one.Worker.CardIndex, Pid = one.Worker.Pid, Incarnation = one.Worker.Incarnation,
            },
            NodeEvent.WorkerLost one => Row(one.IsFinal ? "worker_quarantined" : "worker_lost", one.Reason) with
            {
                Card = one.CardIndex, Pid = one.Exit is { Pid: > 0 and var pid } ? pid : null, ExitCode = one.Exit?.ExitCode,
                Signal = one.Exit?.Signal, LastErrorLines = one.Exit is { LastErrorLines: { Length: > 0 } lines } ? lines : null,
            },
            NodeEvent.CardTakenOut one => Row($"card_{one.State}", one.Reason) with { Card = one.CardIndex },
            NodeEvent.GroupChanged { Status: var status } => Row($"group_{status.State}", status.Reason) with
            {
                Group = status.ReplicaId, Epoch = status.Epoch, Cause = status.EndCause.Length > 0 ? status.EndCause : null,
                Ranks = status.Ranks.IsEmpty ? null : string.Join(", ", status.Ranks),
                Seconds = status.State == "serving" && status.Recoveries.Count > recoveryCount
                    ? status.Recoveries.LastSeconds
                    : null,
            },
            NodeEvent.RequestQuarantined one => Row("request_quarantined", $"{one.RequestId}: {one.Reason}"),
            NodeEvent.NodeJoined one => Row("node_joined", one.Node),
            NodeEvent.NodeLeft one => Row("node_left", one.Node),
            NodeEvent.PutOut => Row("node_put_out", "most other nodes did not hear from this one"),
            NodeEvent.DrainBegun one => Row("drain_begun") with { RequestCount = one.RequestCount },
            NodeEvent.DrainEnded one => Row("drain_ended") with { RequestCount = one.LeftCount },
            NodeEvent.AdministrationWent one => Row($"{one.Kind}_{one.Outcome}", one.Reason),
            _ => throw new UnreachableException($"event {happened}"),
        };
    }
}
