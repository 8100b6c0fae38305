using System.Threading.Channels;
using Akka.Actor;
using Gaudi.Actors.Devices;
using Gaudi.Actors.Hosting;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.Requests;
using Gaudi.Actors.Settings;
using Gaudi.Actors.TensorParallel;
using Gaudi.Tests.Actors.Devices;

namespace Gaudi.Tests.Actors.Hosting;

/// <summary>A node with several replicas, each on cards of its own, in one process: every actor of the product but sharding.</summary>
internal sealed class ReplicasInOneProcess : IWorkerLauncher
{
    private readonly Channel<NodeEvent> _events = Channel.CreateUnbounded<NodeEvent>();
    private readonly SortedDictionary<int, IWorkerProcess> _processes = [];
    private readonly InProcessWorkers _workers;
    private readonly int _replicaCount;
    private int _tokenCount;

    internal ReplicasInOneProcess(ActorSystem system, GaudiSettings settings, InProcessWorkers workers)
    {
        (_workers, _replicaCount) = (workers, settings.Replicas.Count);
        var inventory = NodeRoot.StartInventory(system, "node", settings.Cluster);
        Func<string, ReplicaParts> partsOf = id => new ReplicaParts(
            id, new TpSupervisorParts(id, Given.Model, settings.Group, inventory, NextToken), settings.Scheduler, new FakeForms(),
            Announce);
        Replicas = system.ActorOf(Props.Create(() => new ById(partsOf)), "replicas");
        var devices = new DeviceSupervisorParts(
            "node", _replicaCount * settings.Group.TensorParallelSize, settings, this, inventory, NextToken, Announce);
        Node = NodeRoot.Start(
            system, devices, settings,
            new ServedReplica(["fake"], [.. Enumerable.Range(0, _replicaCount).Select(index => $"fake/{index}")], Replicas));
    }

    /// <summary>Takes messages for each of them, as the shard region does.</summary>
    internal IActorRef Replicas { get; }

    internal NodeRoot Node { get; }

    public IWorkerProcess Launch(WorkerLaunch launch, Action<WorkerExit> exited)
    {
        var process = _workers.Launch(launch, exited);
        lock (_processes)
            _processes[launch.CardIndex] = process;
        return process;
    }

    /// <summary>Ends a card's worker as signal 9 would.</summary>
    internal void Kill(int cardIndex)
    {
        lock (_processes)
            _processes[cardIndex].Kill();
    }

    /// <summary>Returns when every replica serves; their first messages start them.</summary>
    internal async Task ServeAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await Node.Reports.HealthAsync(limit.Token);
        var serving = new HashSet<string>();
        await foreach (var one in _events.Reader.ReadAllAsync(limit.Token))
        {
            if (one is NodeEvent.GroupChanged { Status: { State: "serving" } status } && serving.Add(status.ReplicaId)
                && serving.Count == _replicaCount)
                return;
        }
    }

    internal async Task<List<GenerationEvent>> RunAsync(GenerationRequest request)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        List<GenerationEvent> events = [];
        await foreach (var one in Node.Client!.GenerateAsync(request, limit.Token))
            events.Add(one);
        return events;
    }

    private string NextToken() => $"secret {Interlocked.Increment(ref _tokenCount)}";

    private void Announce(NodeEvent happened) => _events.Writer.TryWrite(happened);

    private sealed class ById : ReceiveActor
    {
        public ById(Func<string, ReplicaParts> partsOf)
        {
            var replicas = new SortedDictionary<string, IActorRef>(StringComparer.Ordinal);
            Receive<IReplicaMessage>(message =>
            {
                if (!replicas.TryGetValue(message.ReplicaId, out var replica))
                    replicas.Add(message.ReplicaId, replica = Context.ActorOf(NodeRoot.ReplicaProps(partsOf(message.ReplicaId))));
                replica.Forward(message);
            });
        }
    }
}
