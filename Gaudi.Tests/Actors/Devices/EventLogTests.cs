using Gaudi.Actors.Devices;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.Protocols.Reports;
using Gaudi.Tests.Cluster.Http;
using Xunit;

namespace Gaudi.Tests.Actors.Devices;

public sealed class EventLogTests
{
    private static readonly FixedTime Time = new();

    private static EventRow Row(NodeEvent happened)
    {
        var log = new EventLog("node", 10, Time, null);
        log.Add(happened);
        return Assert.Single(log.After(0));
    }

    private static NodeEvent.GroupChanged Group(string state, long epoch, RecoveryCounters recoveries, string cause = "") => new(
        new ReplicaStatus("m/0", state, state == "serving" ? "" : "why", false, epoch, ["node card 0", "node card 1"], [], 0, 0, 0)
        {
            Recoveries = recoveries, EndCause = cause,
        });

    [Fact]
    public void Rows_are_numbered_dated_and_told_as_they_come_and_the_oldest_make_room()
    {
        var written = new List<EventRow>();
        var log = new EventLog("node", 2, Time, written.Add);
        for (var card = 0; card < 3; card++)
            log.Add(new NodeEvent.WorkerStarted(card, 1));
        Assert.Equal([1, 2, 3], written.Select(row => row.Seq));
        Assert.Equal([2, 3], log.After(0).Select(row => row.Seq));
        Assert.Equal([3], log.After(2).Select(row => row.Seq));
        Assert.Empty(log.After(3));
        Assert.All(written, row => Assert.Equal(("node", "worker_started", Time.GetUtcNow()), (row.Node, row.Kind, row.Time)));
    }

    [Fact]
    public void Lost_worker_is_told_with_how_it_ended_and_its_last_lines()
    {
        var exit = new WorkerExit(77, null, 9, "one\ntwo");
        var row = Row(new NodeEvent.WorkerLost(1, "worker 77 was ended by signal 9", IsFinal: false) { Exit = exit });
        Assert.Equal(
            ("worker_lost", 1, 77, 9, "one\ntwo", "worker 77 was ended by signal 9"),
            (row.Kind, row.Card, row.Pid, row.Signal, row.LastErrorLines, row.Reason));
        Assert.Null(row.ExitCode);
        Assert.Equal("worker_quarantined", Row(new NodeEvent.WorkerLost(1, "again", IsFinal: true)).Kind);
    }

    [Fact]
    public void Recovery_is_told_once_with_its_seconds_and_its_cause_while_it_lasts()
    {
        var log = new EventLog("node", 10, Time, null);
        var none = RecoveryCounters.Zero;
        var one = none with { RankLostCount = 1, LastSeconds = 0.75 };
        log.Add(Group("serving", 1, none));
        log.Add(Group("degraded", 1, none, "rank_lost"));
        log.Add(Group("serving", 2, one));
        log.Add(Group("serving", 2, one));
        var rows = log.After(0);
        Assert.Equal(["group_serving", "group_degraded", "group_serving", "group_serving"], rows.Select(row => row.Kind));
        Assert.Equal([null, "rank_lost", null, null], rows.Select(row => row.Cause));
        Assert.Equal([null, null, 0.75, null], rows.Select(row => row.Seconds));
        Assert.All(rows, row => Assert.Equal(("m/0", "node card 0, node card 1"), (row.Group, row.Ranks)));
    }

    [Fact]
    public void Every_kind_of_event_has_a_row()
    {
        NodeEvent[] events =
        [
            new NodeEvent.CardTakenOut(0, "draining", "why"), new NodeEvent.RequestQuarantined("r", "why"), new NodeEvent.NodeJoined("a"),
            new NodeEvent.NodeLeft("a"), new NodeEvent.PutOut(), new NodeEvent.DrainBegun(3), new NodeEvent.DrainEnded(1),
            new NodeEvent.AdministrationWent("restart", "why", "done"),
        ];
        Assert.Equal(
            [
                "card_draining", "request_quarantined", "node_joined", "node_left", "node_put_out", "drain_begun", "drain_ended",
                "restart_done",
            ],
            events.Select(one => Row(one).Kind));
        Assert.Equal((3, 1), (Row(events[5]).RequestCount, Row(events[6]).RequestCount));
    }
}
