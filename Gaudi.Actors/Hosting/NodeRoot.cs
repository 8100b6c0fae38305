using System.Collections.Immutable;
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

    /// <summary>Takes orders to the cluster; null where the node only lends cards.</summary>
    public IClusterAdministration? Administration { get; init; }

    /// <summary>The inventory's name: other nodes find it by this and a node's address.</summary>
    public const string InventoryName = "inventory";

    /// <summary>The name of the actor that tells other nodes what this one serves.</summary>
    public const string ServedName = "served";

    /// <summary>Tells other nodes what this one serves, from before it joins them.</summary>
    public static IActorRef StartServed(ActorSystem system, ImmutableArray<string> lines, Func<bool> isMember) =>
        system.ActorOf(Props.Create(() => new ServedActor(lines, isMember)), ServedName);

    /// <summary>Creates the inventory; the rest needs it.</summary>
    public static IActorRef StartInventory(IActorRefFactory actors, string node, ClusterSettings settings) =>
        actors.ActorOf(Props.Create(() => new CardInventory(node, settings.InventoryRepeat)), InventoryName);

    /// <summary>Starts the workers of this node and, when it serves a model, the edge.</summary>
    /// <param name="actors">The node's actor system.</param>
    /// <param name="devices">For the device supervisor; names the inventory.</param>
    /// <param name="settings">The node's settings.</param>
    /// <param name="served">The model and the way to its replica; null where the node only lends cards.</param>
    /// <param name="events">What happened on the node; null where nobody keeps it.</param>
    public static NodeRoot Start(
        IActorRefFactory actors, DeviceSupervisorParts devices, GaudiSettings settings, ServedReplica? served, EventLog? events = null)
    {
        var supervisor = actors.ActorOf(Props.Create(() => new DeviceSupervisor(devices)), "devices");
        var replicas = served?.Replicas ?? ActorRefs.Nobody;
        var replicaIds = served?.ReplicaIds ?? [];
        var reports = actors.ActorOf(
            Props.Create(() => new ReportSupervisor(devices.Inventory, replicas, replicaIds, settings.ReportTimeout)), "reports");
        IGenerationClient? client = null;
        IClusterAdministration? administration = null;
        if (served is not null)
        {
            Func<string, bool> isServed = model => served.ModelNames.Contains(model);
            var blocksMax = settings.Scheduler.CachesPrefixes ? settings.Replicas.AffinityBlocksMax : 0;
            var routing = new ReplicaRouting(
                served.ReplicaIds, settings.Replicas with { AffinityBlocksMax = blocksMax }, settings.Model.BlockSizeTokens);
            var gateway = actors.ActorOf(
                Props.Create(() => new RequestGateway(settings.Requests, served.Replicas, isServed, routing)), "gateway");
            client = new GenerationClient(gateway, settings.Requests);
            var parts = new AdministratorParts(
                devices.Inventory, replicas, replicaIds, settings.Cluster.ReplicaAsk, settings.Cluster.AdministrationLimit,
                devices.Announce);
            administration = new ClusterAdministration(
                actors.ActorOf(Props.Create(() => new ClusterAdministrator(parts)), "administrator"));
            actors.ActorOf(
                Props.Create(() => new ReplicaWatch(replicas, replicaIds, gateway, settings.Cluster.ReplicaAsk)),
                "replica-watch");
        }
        return new NodeRoot(devices.Inventory, supervisor, client, new ServerReports(reports, events))
        {
            Administration = administration,
            Loras = served is null ? null : new LoraLoader(served.Replicas, served.ReplicaIds, settings.Group.PrepareTimeout),
        };
    }

    /// <summary>A replica without sharding, as tests and simulations use it.</summary>
    public static Props ReplicaProps(ReplicaParts parts) => Props.Create(() => new ReplicaActor(parts));
}
