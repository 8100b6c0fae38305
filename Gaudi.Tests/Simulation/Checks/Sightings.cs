using Gaudi.Actors.Devices;
using Gaudi.Tests.Simulation.Load;
using Gaudi.Tests.Simulation.World;

namespace Gaudi.Tests.Simulation.Checks;

/// <summary>
/// Interesting states: a campaign that has not met each of them has not tried what it says it tries. One thread.
/// </summary>
internal sealed class Sightings(SimWorld world)
{
    /// <summary>All that are declared.</summary>
    internal static readonly string[] Names =
    [
        "a client goes away while two ranks of its group hang",
        "a spare dies while it is being promoted",
        "a node is lost while a group recovers",
        "a rank is lost while its group forms",
        "a rank is lost while its group drains",
        "two ranks of a group are lost at once",
        "a hung rank is killed",
        "a request is quarantined",
        "a card is left out after too many restarts",
        "a worker with another registry is kept out",
        "a group waits for cards",
        "a replica comes up on another node",
        "a gateway is lost with open requests",
        "a node without a majority withholds its cards",
        "a request outlives an epoch",
    ];

    private readonly SortedDictionary<string, int> _seen = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (TimeSpan At, long Epoch)> _lastLoss = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _homes = new(StringComparer.Ordinal);

    /// <summary>How often each was seen.</summary>
    internal IReadOnlyDictionary<string, int> Seen => _seen;

    /// <summary>One is seen.</summary>
    internal void See(string name)
    {
        Gaudi.Hpu.Invariant.That(Array.IndexOf(Names, name) >= 0, $"`{name}` is not declared");
        _seen[name] = _seen.GetValueOrDefault(name) + 1;
    }

    /// <summary>A client goes away.</summary>
    internal void GoesAway(SimAnswer answer)
    {
        if (world.Lanes.Living.Any(group => group.Members.Count(one => one is { IsHung: true }) >= 2))
            See(Names[0]);
    }

    /// <summary>A worker ends.</summary>
    internal void Lost(SimWorker worker)
    {
        if (worker.Group is not { } group)
            return;
        var standing = world.Standings.GetValueOrDefault(group.GroupId);
        if (standing is { State: "forming" } && standing.Epoch == group.Epoch)
        {
            See("a rank is lost while its group forms");
            if (group.Epoch > 1 && !worker.HasStepped)
                See("a spare dies while it is being promoted");
        }
        if (group.IsOver && standing is { State: "degraded" })
            See("a rank is lost while its group drains");
        if (_lastLoss.TryGetValue(group.GroupId, out var last) && last.Epoch == group.Epoch
            && world.Engine.Now - last.At < TimeSpan.FromMilliseconds(50))
            See("two ranks of a group are lost at once");
        _lastLoss[group.GroupId] = (world.Engine.Now, group.Epoch);
        if (worker.IsHung)
            See("a hung rank is killed");
    }

    /// <summary>A node's process ends.</summary>
    internal void NodeLost(int openRequests)
    {
        if (world.Standings.Values.Any(one => one is { State: not "serving", Epoch: > 0, IsFinal: false }))
            See("a node is lost while a group recovers");
        if (openRequests > 0)
            See("a gateway is lost with open requests");
    }

    /// <summary>A node shows no cards any more.</summary>
    internal void Withheld() => See("a node without a majority withholds its cards");

    /// <summary>An answer ended as it should after its group had another epoch than when it began.</summary>
    internal void Ended(SimAnswer answer)
    {
        if (answer is { Ending: "length", LongestGap.TotalSeconds: > 0.5 })
            See("a request outlives an epoch");
    }

    /// <summary>A node announces something.</summary>
    internal void Hear(int box, NodeEvent happened)
    {
        switch (happened)
        {
            case NodeEvent.RequestQuarantined:
                See("a request is quarantined");
                break;
            case NodeEvent.WorkerLost { IsFinal: true }:
                See("a card is left out after too many restarts");
                break;
            case NodeEvent.GroupChanged { Status: { State: "degraded", Epoch: > 0 } status }:
                if (status.Reason.Contains("cards are needed", StringComparison.Ordinal))
                    See("a group waits for cards");
                if (status.Reason.Contains("fleet_ops", StringComparison.Ordinal))
                    See("a worker with another registry is kept out");
                break;
            case NodeEvent.GroupChanged { Status: { State: "serving" } status }:
                if (_homes.TryGetValue(status.ReplicaId, out var home) && home != box)
                    See("a replica comes up on another node");
                _homes[status.ReplicaId] = box;
                break;
        }
    }
}
