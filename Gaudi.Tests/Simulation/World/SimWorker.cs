using Akka.Actor;
using Akka.Dispatch;
using Gaudi.Actors.Devices;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.Ranks;
using Gaudi.Hpu.Collectives;
using Gaudi.Tests.Simulation.Cost;
using Gaudi.Tests.Simulation.Engine;

namespace Gaudi.Tests.Simulation.World;

/// <summary>
/// One start of a card's worker process: its actors, its card, and the thread that its rank blocks. The rank is the product's; what
/// blocks it here is its message's wait at the head of its mailbox.
/// </summary>
internal sealed class SimWorker(SimWorld world, int box, WorkerLaunch launch, int pid, Action<WorkerExit> exited)
    : IWorkerProcess, ICardThread, ICollectiveFactory
{
    private readonly SimProcess _node = world.Engine.Current;
    private IActorContext? _root;
    private Mailbox? _kept;
    private JoinEpoch? _join;
    private string? _joinFailure;
    private bool _isConnected;
    private SimLane? _lane;
    private (int Rank, int WorldSize)? _slice;
    private bool _isEnding;
    private bool _isDue; // What blocked its rank was over while its card hung.

    /// <summary>Its box.</summary>
    internal int Box => box;

    /// <summary>Which card of it.</summary>
    internal int Card => launch.CardIndex;

    /// <summary>What was started.</summary>
    internal WorkerLaunch Launch => launch;

    public int Pid => pid;

    /// <summary>When its rank began the step that it is in; null where it is in none.</summary>
    internal TimeSpan? InStepSince { get; private set; }

    public string Endpoint => $"{Topology.BoxName(box)}:{launch.CardIndex}";

    /// <summary>Its process; null before its actors run.</summary>
    internal SimProcess? Process { get; private set; }

    /// <summary>Its card does not come back from what it does.</summary>
    internal bool IsHung { get; private set; }

    /// <summary>How many times as long as others its card takes.</summary>
    internal double SlowFactor { get; set; } = 1;

    /// <summary>Its plugins have registered their ops in this process, or failed to.</summary>
    internal bool HasRegistered { get; set; }

    /// <summary>The version of the further plugin that its registry has; `none` where that plugin failed.</summary>
    internal string PluginVersion { get; set; } = "";

    /// <summary>It has been in a step that was complete.</summary>
    internal bool HasStepped { get; set; }

    /// <summary>The lane it is in, also when that has ended; null before the first.</summary>
    internal LaneGroup? Group => _lane?.Group;

    /// <summary>Where it is, for the cost of a step.</summary>
    internal GroupCard Place => new(box, launch.CardIndex);

    /// <summary>The actors begin.</summary>
    internal void Begin()
    {
        if (_isEnding)
            return;
        (Process, _root) = world.System.StartProcess($"{Topology.BoxName(box)}c{Card}.{pid}", box);
        Process.Card = this;
        WorkerActors.Start(world, this, _root);
    }

    public void Stop() => End(new WorkerExit(pid, 0, null, ""));

    public void Kill() => End(new WorkerExit(pid, null, 9, ""));

    /// <summary>Its process ends as by a native fault.</summary>
    internal void Crash(string why) => End(new WorkerExit(pid, null, 11, why));

    /// <summary>Its process leaves, for this reason.</summary>
    internal void Leave(string reason) => world.Engine.After(TimeSpan.Zero, () => End(new WorkerExit(pid, 70, null, reason)));

    /// <summary>Its machine is gone, and with it whoever would see its exit.</summary>
    internal void LoseMachine() => End(null);

    /// <summary>Its card hangs, or does not any more.</summary>
    internal void Hang(bool isHung)
    {
        IsHung = isHung;
        if (isHung)
            return;
        if (_isDue)
            Open();
        world.Lanes.Recheck();
    }

    public bool Blocks(Mailbox mailbox, object message)
    {
        if (_isEnding)
            return false;
        switch (message)
        {
            case JoinEpoch join:
                _kept = mailbox;
                (_join, _joinFailure, _isConnected) = (join, null, false);
                _lane?.Dispose();
                _lane = null;
                world.Lanes.Join(this, join);
                return true;
            case RunStep run when _lane is { Ended: null } lane && lane.Epoch == run.Epoch:
                _kept = mailbox;
                InStepSince = world.Engine.Now;
                lane.Group.Enter(lane.Rank, run.Plan);
                return true;
            default:
                return false;
        }
    }

    /// <summary>What blocked its rank is over.</summary>
    internal void Open()
    {
        if (_kept is not { } mailbox)
            return;
        _isDue = IsHung && !_isEnding;
        if (_isDue)
            return;
        (_kept, InStepSince) = (null, null);
        ((SimQueue)mailbox.MessageQueue).IsOpen = true;
        world.Engine.Ready(mailbox);
    }

    /// <summary>It has its end of the lane, and waits for the others.</summary>
    internal void HasJoined(SimLane lane) => _lane = lane;

    /// <summary>All ranks of the lane are there: it loads.</summary>
    internal void ConnectDone(LaneGroup group)
    {
        if (_lane?.Group != group || _joinFailure is not null || _join is not { } join || _isConnected)
            return;
        _isConnected = true;
        var slice = (join.Prepare.Rank, join.Prepare.Endpoints.Length);
        var load = _slice == slice ? TimeSpan.Zero : world.Cost.LoadOf(slice.Length);
        world.Engine.After(load, () =>
        {
            if (ReferenceEquals(_join, join))
                Open();
        });
    }

    /// <summary>The join is over without a lane.</summary>
    internal void EndJoin(JoinEpoch join, SimLane? lane, string failure)
    {
        if (!ReferenceEquals(_join, join) || _isConnected || _joinFailure is not null)
            return;
        _joinFailure = failure;
        _lane?.Dispose();
        Open();
    }

    public ICollective Connect(GroupAddress group, CancellationToken abort)
    {
        _join = null;
        if (_joinFailure is { } failure || _lane is null || !_isConnected)
            throw new CollectiveAbortedException(group.Epoch, _joinFailure ?? "its worker is ending");
        return _lane;
    }

    /// <summary>It has this slice of the weights.</summary>
    internal void Load(int rank, int worldSize) => _slice = (rank, worldSize);

    /// <summary>It has no weights any more.</summary>
    internal void Unload() => _slice = null;

    private void End(WorkerExit? exit)
    {
        if (_isEnding)
            return;
        _isEnding = true;
        world.Ended(this, exit);
        if (Process is not null)
        {
            _lane?.Group.Break(this);
            world.System.EndProcess(Process, _root!);
            Open();
        }
        if (exit is null)
            return;
        world.Engine.After(world.Topology.Timings.ExitSeen, () =>
        {
            if (_node.IsDead)
                return;
            world.Engine.Current = _node;
            exited(exit);
            world.Engine.Current = world.Engine.World;
        });
    }
}
