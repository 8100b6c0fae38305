using Akka.Actor;
using Gaudi.Actors.Devices;
using Gaudi.Actors.Hosting;
using Gaudi.Actors.Requests;
using Gaudi.Actors.Settings;
using Gaudi.Actors.TensorParallel;
using Gaudi.Tests.Actors.Devices;

namespace Gaudi.Tests.Actors.Hosting;

/// <summary>A whole node with its workers in one process: every actor of the product, fake runners, no sockets.</summary>
internal sealed class EngineInOneProcess
{
    private int _tokenCount;

    internal EngineInOneProcess(
        ActorSystem system, GaudiSettings settings, InProcessWorkers workers, Action<NodeEvent> announce, int? cardCount = null,
        FakeForms? forms = null)
    {
        Constraints = forms ?? new FakeForms();
        Inventory = NodeRoot.StartInventory(system, "node", settings.Cluster);
        var group = new TpSupervisorParts(
            "fake/0", Given.Model with { KvConnector = settings.KvTransfer?.ForRanks("engine") }, settings.Group, Inventory, () => $"group secret {Interlocked.Increment(ref _tokenCount)}");
        Replica = system.ActorOf(NodeRoot.ReplicaProps(new ReplicaParts("fake/0", group, settings.Scheduler, Constraints, announce)
        {
            KvTransfer = settings.KvTransfer,
        }), "replica");
        var devices = new DeviceSupervisorParts(
            "node", cardCount ?? settings.Group.TensorParallelSize, settings, workers, Inventory,
            () => $"worker secret {Interlocked.Increment(ref _tokenCount)}", announce);
        Node = NodeRoot.Start(system, devices, settings, new ServedReplica(["fake"], ["fake/0"], Replica));
    }

    internal IActorRef Inventory { get; }

    internal FakeForms Constraints { get; }

    internal IActorRef Replica { get; }

    internal NodeRoot Node { get; }

    internal async Task<List<GenerationEvent>> RunAsync(GenerationRequest request)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        List<GenerationEvent> events = [];
        await foreach (var one in Node.Client!.GenerateAsync(request, limit.Token))
            events.Add(one);
        return events;
    }
}
