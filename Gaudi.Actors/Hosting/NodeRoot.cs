using Akka.Actor;
using Gaudi.Actors.Devices;
using Gaudi.Actors.Requests;
using Gaudi.Actors.Settings;

namespace Gaudi.Actors.Hosting;

/// <summary>The actors of a node process, and the two ways in for callers that are no actors.</summary>
/// <param name="Inventory">The cards of the cluster.</param>
/// <param name="Devices">Minds this node's workers.</param>
/// <param name="Client">Runs requests; null where the node only lends cards.</param>
/// <param name="Reports">What the server can tell about itself.</param>
public sealed record NodeRoot(IActorRef Inventory, IActorRef Devices, IGenerationClient? Client, IServerReports Reports)
{
    /// <summary>Loads adapters; null where the node only lends cards.</summary>
    public ILoraLoader? Loras { get; init; }

    /// <summary>The inventory's name: other nodes find it by this and a node's address.</summary>
    public const string InventoryName = "inventory";

    /// <summary>Creates the inventory; the rest needs it.</summary>
    public static IActorRef StartInventory(ActorSystem system, string node) =>
        system.ActorOf(Props.Create(() => new CardInventory(node)), InventoryName);

    /// <summary>Starts the workers of this node and, when it serves a model, the edge.</summary>
    /// <param name="system">The node's actor system.</param>
    /// <param name="devices">For the device supervisor; names the inventory.</param>
    /// <param name="settings">The node's settings.</param>
    /// <param name="served">The model and the way to its replica; null where the node only lends cards.</param>
    /// <param name="events">What happened on the node; null where nobody keeps it.</param>
    public static NodeRoot Start(
        ActorSystem system, DeviceSupervisorParts devices, GaudiSettings settings, ServedReplica? served, EventLog? events = null)
    {
        var supervisor = system.ActorOf(Props.Create(() => new DeviceSupervisor(devices)), "devices");
        var replicas = served?.Replicas ?? system.DeadLetters;
        var replicaId = served?.ReplicaId;
        var reports = system.ActorOf(
            Props.Create(() => new ReportSupervisor(devices.Inventory, replicas, replicaId, settings.ReportTimeout)), "reports");
        IGenerationClient? client = null;
        if (served is not null)
        {
            Func<string, string?> replicaOf = model => served.ModelNames.Contains(model) ? served.ReplicaId : null;
            var gateway = system.ActorOf(
                Props.Create(() => new RequestGateway(settings.Requests, served.Replicas, replicaOf)), "gateway");
            client = new GenerationClient(gateway, settings.Requests);
        }
        return new NodeRoot(devices.Inventory, supervisor, client, new ServerReports(reports, events))
        {
            Loras = served is null ? null : new LoraLoader(served.Replicas, served.ReplicaId, settings.Group.PrepareTimeout),
        };
    }

    /// <summary>A replica without sharding, as tests and simulations use it.</summary>
    public static Props ReplicaProps(ReplicaParts parts) => Props.Create(() => new ReplicaActor(parts));
}
