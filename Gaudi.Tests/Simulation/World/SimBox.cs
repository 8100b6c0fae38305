using Akka.Actor;
using Gaudi.Actors.Devices;
using Gaudi.Actors.Hosting;
using Gaudi.Tests.Simulation.Engine;

namespace Gaudi.Tests.Simulation.World;

/// <summary>One machine: its node process, and the workers that node starts.</summary>
internal sealed class SimBox(SimWorld world, int index) : IWorkerLauncher
{
    private readonly SimWorker?[] _workers = new SimWorker?[world.Topology.CardCounts[index]];
    private IActorContext? _root;
    private int _startCount;

    /// <summary>Which, from 0.</summary>
    internal int Index => index;

    /// <summary>Its node's process; null while there is none.</summary>
    internal SimProcess? Node { get; private set; }

    /// <summary>Whether its node lives.</summary>
    internal bool IsUp => Node is { IsDead: false };

    /// <summary>Its node's inventory.</summary>
    internal IActorRef? Inventory { get; private set; }

    /// <summary>Its node's part of the shards.</summary>
    internal IActorRef? Region { get; private set; }

    /// <summary>Its node's gateway; null where it takes no requests, or does not live.</summary>
    internal IActorRef? Gateway { get; private set; }

    /// <summary>The newest worker of each card; null where none lives.</summary>
    internal IReadOnlyList<SimWorker?> Workers => _workers;

    /// <summary>Starts the node.</summary>
    internal void StartNode()
    {
        if (IsUp)
            return;
        var name = Topology.BoxName(index);
        (Node, _root) = world.System.StartProcess($"{name}.{++_startCount}", index);
        world.Trace.Write("node_started", $"\"box\":{index},\"start\":{_startCount}");
        Inventory = NodeRoot.StartInventory(_root, name, world.Settings.Cluster);
        Region = _root.ActorOf(Props.Create(() => new SimRegion(world, index)), "replicas");
        var served = index < world.Topology.GatewayCount ? new ServedReplica([SimWorld.Model], world.ReplicaIds, Region) : null;
        var devices = new DeviceSupervisorParts(
            name, _workers.Length, world.Settings, this, Inventory, world.NextSecret, happened => world.Tell(index, happened))
        {
            Time = world.Time,
        };
        NodeRoot.Start(_root, devices, world.Settings, served);
        Gateway = served is null ? null : _root.Child("gateway");
        world.Membership.Started(this);
    }

    /// <summary>Its node and all workers are gone at once.</summary>
    internal void EndNode(string why)
    {
        if (!IsUp)
            return;
        world.Trace.Write("node_ended", $"\"box\":{index},\"reason\":{TraceLog.Text(why)}");
        var gone = Node!;
        world.Sightings.NodeLost(world.Clients.Open.Count(one => one.Gateway == index));
        (Gateway, Region, Inventory) = (null, null, null);
        world.System.EndProcess(gone, _root!);
        foreach (var worker in _workers)
            worker?.LoseMachine();
        Array.Clear(_workers);
        world.Clients.GatewayGone(index);
        world.Membership.Ended(this);
    }

    /// <summary>Everything on it stands still, or goes on.</summary>
    internal void Pause(bool isPaused)
    {
        foreach (var process in _workers.Select(one => one?.Process).Append(Node).OfType<SimProcess>().Where(one => !one.IsDead))
        {
            if (isPaused)
                process.IsPaused = true;
            else
                world.Engine.Resume(process);
        }
        foreach (var worker in _workers)
            worker?.Hang(isPaused);
    }

    public IWorkerProcess Launch(WorkerLaunch launch, Action<WorkerExit> exited)
    {
        var worker = new SimWorker(world, index, launch, world.NextPid(), exited);
        _workers[launch.CardIndex] = worker;
        world.Engine.After(world.Topology.Timings.WorkerStart, worker.Begin);
        return worker;
    }

    /// <summary>A worker has ended.</summary>
    internal void Forget(SimWorker worker)
    {
        if (ReferenceEquals(_workers[worker.Card], worker))
            _workers[worker.Card] = null;
    }
}
