using System.Collections.Immutable;
using Akka.Actor;
using Akka.Configuration;
using Akka.Remote;
using Akka.Remote.Transport;
using Gaudi.Actors.Devices;
using Gaudi.Actors.Hosting;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.Requests;
using Gaudi.Actors.Settings;
using Gaudi.Actors.TensorParallel;
using Gaudi.Cluster.Membership;
using Gaudi.Cluster.Node;
using Gaudi.Cluster.Sharding;
using Gaudi.Tests.Actors;
using Gaudi.Tests.Actors.Devices;

namespace Gaudi.Tests.Cluster.Sharding;

/// <summary>
/// Nodes of one cluster in the test's process: real remoting over loopback, real membership and shards, one card each with a fake
/// runner. The network between any two can be cut.
/// </summary>
internal sealed class NodesInOneProcess : IAsyncDisposable
{
    internal const string ReplicaId = "fake/0";

    private readonly List<OneNode> _nodes = [];
    private readonly Config _chain;
    private readonly HashSet<string> _serving = [];

    /// <param name="overrides">HOCON over the product's own defaults.</param>
    internal NodesInOneProcess(string overrides = "") => _chain = ConfigurationFactory.ParseString(overrides + """

        akka.remote.dot-netty.tcp.applied-adapters = ["trttl"]
        gaudi { group.reform-delay-ms = 20, workers.restart-first-ms = 1, requests.retry-ms = 500, cluster.replica-ask-ms = 100 }
        """).WithFallback(Given.Reference);

    internal IReadOnlyList<OneNode> Nodes => _nodes;

    /// <summary>Most nodes whose replica served at one moment.</summary>
    internal int ServingMax { get; private set; }

    /// <summary>Starts the next node at the next loopback address; the first starts the cluster.</summary>
    internal async Task<OneNode> AddAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var system = GaudiSystem.Start(
            _chain, $"127.0.0.{_nodes.Count + 1}", 0, GaudiSystem.NodeRole, GaudiSystem.EngineRole, GaudiSystem.GatewayRole);
        var membership = new ClusterMembership(system);
        var node = new OneNode(system, membership, GaudiSettings.Load(_chain), Tell);
        _nodes.Add(node);
        await (_nodes.Count == 1
            ? membership.StartOwnAsync(limit.Token)
            : membership.JoinAsync([_nodes[0].Membership.SelfAddress], limit.Token));
        await node.StartAsync();
        return node;
    }

    /// <summary>From now on nothing passes between the first nodes and the others.</summary>
    internal void CutAfter(int count) => Throttle(count, Blackhole.Instance);

    public async ValueTask DisposeAsync() => await Task.WhenAll(_nodes.Select(node => node.System.Terminate()));

    private void Tell(string node, NodeEvent happened)
    {
        if (happened is not NodeEvent.GroupChanged { Status: var status })
            return;
        lock (_serving)
        {
            if (status.State == "serving")
                _serving.Add(node);
            else
                _serving.Remove(node);
            ServingMax = Math.Max(ServingMax, _serving.Count);
        }
    }

    private void Throttle(int count, ThrottleMode mode)
    {
        foreach (var one in _nodes.Take(count))
        {
            foreach (var other in _nodes.Skip(count))
            {
                one.Throttle(other, mode);
                other.Throttle(one, mode);
            }
        }
    }

    /// <summary>One node.</summary>
    internal sealed class OneNode(
        ActorSystem system, ClusterMembership membership, GaudiSettings settings, Action<string, NodeEvent> told)
    {
        private int _secretCount;

        internal ActorSystem System { get; } = system;

        internal ClusterMembership Membership { get; } = membership;

        internal NodeRoot Root { get; private set; } = null!;

        internal IActorRef Replicas { get; private set; } = ActorRefs.Nobody;

        internal async Task StartAsync()
        {
            var name = Membership.SelfAddress.Host!;
            var inventory = NodeRoot.StartInventory(System, name, Given.Settings().Cluster);
            Membership.WatchOthers(GaudiSystem.NodeRole, nodes => inventory.Tell(new PeersChanged(
                ImmutableSortedDictionary.CreateRange(
                    StringComparer.Ordinal,
                    nodes.Select(node => KeyValuePair.Create<string, ICanTell>(
                        node.Host!, System.ActorSelection(new RootActorPath(node) / "user" / NodeRoot.InventoryName)))))));
            Membership.WatchQuorum(GaudiSystem.EngineRole, problem => inventory.Tell(new WithholdCards(problem)));
            Replicas = await ReplicaShards.StartAsync(System, GaudiSystem.EngineRole, id => new ReplicaParts(
                id, new TpSupervisorParts(id, Given.Model, settings.Group, inventory, NextSecret), settings.Scheduler, new FakeForms(),
                happened => told(Membership.SelfAddress.Host!, happened)));
            Root = NodeRoot.Start(
                System,
                new DeviceSupervisorParts(
                    name, 1, settings, new InProcessWorkers(System, settings), inventory, NextSecret, _ => { }),
                settings, new ServedReplica(["fake"], [ReplicaId], Replicas));
        }

        /// <summary>Runs a request at this node's gateway to its end.</summary>
        internal async Task<List<GenerationEvent>> RunAsync(GenerationRequest request)
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            List<GenerationEvent> events = [];
            await foreach (var one in Root.Client!.GenerateAsync(request, limit.Token))
                events.Add(one);
            return events;
        }

        internal void Throttle(OneNode peer, ThrottleMode mode) => ((IRemoteActorRefProvider)((ExtendedActorSystem)System).Provider)
            .Transport.ManagementCommand(new SetThrottle(peer.Membership.SelfAddress, ThrottleTransportAdapter.Direction.Both, mode))
            .GetAwaiter().GetResult();

        private string NextSecret() => $"secret {Interlocked.Increment(ref _secretCount)} of {Membership.SelfAddress.Host}";
    }
}
