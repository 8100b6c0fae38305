using Gaudi.Hpu.Execution;
using Gaudi.Tests.Simulation.Cost;
using Gaudi.Tests.Simulation.Engine;

namespace Gaudi.Tests.Simulation.World;

/// <summary>
/// The lane of a group in one epoch: who has joined, who has entered the step, when the step is over. An end spreads from rank to
/// rank as fast as the links carry it, and not over a link that is cut.
/// </summary>
internal sealed class LaneGroup(Lanes lanes, string groupId, int groupIndex, long epoch, int worldSize)
{
    private readonly SimWorker?[] _members = new SimWorker?[worldSize];
    private readonly SimLane[] _lanes = new SimLane[worldSize];
    private readonly bool[] _isInside = new bool[worldSize];
    private ActionEvent? _completion;
    private int _insideCount;
    private StepPlan? _plan;

    /// <summary>Whose lane.</summary>
    internal string GroupId => groupId;

    /// <summary>Of the group.</summary>
    internal long Epoch => epoch;

    /// <summary>Ranks.</summary>
    internal int WorldSize => worldSize;

    /// <summary>Every rank is there.</summary>
    internal bool IsWhole => _members.All(one => one is not null);

    /// <summary>It has ended on some rank.</summary>
    internal bool IsOver { get; private set; }

    /// <summary>The cards by rank, as far as they have joined.</summary>
    internal IReadOnlyList<SimWorker?> Members => _members;

    /// <summary>What the first rank that came out of the newest step has drawn; null before.</summary>
    internal StepOutput? Output { get; set; }

    /// <summary>A rank joins.</summary>
    /// <returns>Null where it cannot.</returns>
    internal SimLane? Join(int rank, SimWorker worker)
    {
        if (IsOver || _members[rank] is not null)
            return null;
        _members[rank] = worker;
        return _lanes[rank] = new SimLane(this, rank);
    }

    /// <summary>A rank has entered a step; the last one starts the clock.</summary>
    internal void Enter(int rank, StepPlan plan)
    {
        if (_isInside[rank])
            return;
        _isInside[rank] = true;
        _plan = plan;
        if (++_insideCount == worldSize)
            Start();
    }

    /// <summary>Looks again whether a step may go on, after a link or a card changed.</summary>
    internal void Recheck()
    {
        if (_insideCount == worldSize && _completion is null && !IsOver)
            Start();
    }

    /// <summary>The epoch is over on one rank; the others hear of it.</summary>
    internal void End(int rank, string reason, bool isPeerLost)
    {
        if (_members[rank] is not { } worker || _lanes[rank].Ended is not null)
            return;
        IsOver = true;
        (_lanes[rank].Ended, _lanes[rank].IsPeerLost) = (reason, isPeerLost);
        if (_isInside[rank])
            worker.Open();
        for (var peer = 0; peer < worldSize; peer++)
        {
            if (_members[peer] is { } other && _lanes[peer].Ended is null)
                Spread(worker, peer, other, isPeerLost ? $"the connection to rank {rank} broke" : $"rank {rank}: {reason}", isPeerLost);
        }
    }

    /// <summary>A rank's process is gone: the connections of the others break.</summary>
    internal void Break(SimWorker worker)
    {
        var rank = Array.IndexOf(_members, worker);
        End(rank, "its worker is gone", isPeerLost: true);
    }

    private void Spread(SimWorker from, int rank, SimWorker to, string reason, bool isPeerLost) =>
        lanes.World.Engine.After(lanes.World.Network.LatencyOf(from.Box, to.Box), () =>
        {
            if (!lanes.World.Network.IsCut(from.Box, to.Box))
                End(rank, reason, isPeerLost);
        });

    private void Start()
    {
        if (_members.Any(one => one!.IsHung) || IsCutApart())
        {
            lanes.Stall(this);
            return;
        }
        var cost = lanes.World.CostOf(this, groupIndex, _plan!, _members!);
        if (lanes.World.PoisonIn(_plan!) is { } rank)
            lanes.World.Engine.After(cost / 2, () => _members[rank % worldSize]!.Crash("a poisonous request"));
        _completion = lanes.World.Engine.After(cost, Complete);
    }

    private void Complete()
    {
        _completion = null;
        if (_insideCount < worldSize)
            return;
        if (_members.Any(one => one!.IsHung) || IsCutApart())
        {
            lanes.Stall(this);
            return;
        }
        _insideCount = 0;
        Array.Clear(_isInside);
        if (!IsOver)
            lanes.World.StepDone(this, _plan!);
        foreach (var worker in _members)
            worker!.Open();
    }

    private bool IsCutApart() => _members.Any(one => lanes.World.Network.IsCut(one!.Box, _members[0]!.Box));
}
