using System.Collections.Immutable;
using System.Net;
using System.Threading.Channels;
using Akka.Actor;
using Akka.Event;
using Gaudi.Actors.Devices;
using Gaudi.Actors.Hosting;
using Gaudi.Actors.Protocols;
using Gaudi.Cluster.Membership;
using Gaudi.Cluster.Security;

namespace Gaudi.Cluster.Node;

/// <summary>A node without HTTP: its actor system, its membership, its workers. Disposing it stops all of them.</summary>
internal sealed class EngineNode : IAsyncDisposable
{
    private const int EventCountMax = 4096;

    private IActorRef? _devices;
    private volatile bool _isEnding;
    private readonly WorkerLauncher _launcher;
    private readonly ClusterMembership _membership;
    private readonly Dictionary<int, Address> _workerAddresses = [];
    private ImmutableSortedSet<string> _engines = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);
    private readonly Channel<NodeEvent> _events = Channel.CreateBounded<NodeEvent>(
        new BoundedChannelOptions(EventCountMax) { FullMode = BoundedChannelFullMode.DropOldest });

    private readonly EventFile? _eventFile;
    private ImmutableArray<string> _others = [];

    private EngineNode(NodeSettings settings, ActorSystem system, WorkerLauncher launcher, EventFile? eventFile)
    {
        Settings = settings;
        Actors = system;
        _launcher = launcher;
        _membership = new ClusterMembership(system);
        Name = GaudiSystem.NameOf(_membership.SelfAddress);
        _eventFile = eventFile;
        Log = new EventLog(Name, settings.Gaudi.Events.KeptMax, TimeProvider.System, eventFile is null ? null : eventFile.Write);
    }

    /// <summary>What happened, numbered, for HTTP and the file.</summary>
    internal EventLog Log { get; }

    /// <summary>Where members find this node, such as 127.0.0.1:4053: its name in every report.</summary>
    internal string Name { get; }

    /// <summary>What it was started with.</summary>
    internal NodeSettings Settings { get; }

    /// <summary>Named `gaudi`, with role `node`.</summary>
    internal ActorSystem Actors { get; }

    /// <summary>The cards of the cluster.</summary>
    internal IActorRef Inventory { get; private set; } = ActorRefs.Nobody;

    /// <summary>What people should see, in order. One reader.</summary>
    internal ChannelReader<NodeEvent> Events => _events.Reader;

    /// <summary>True when the cluster put it out.</summary>
    internal bool IsPutOut => _membership.IsOut;

    /// <summary>Nodes with a vote that were there in its life, sorted: those it may come back to.</summary>
    internal ImmutableArray<HostPort> KnownEngines => [.. Volatile.Read(ref _engines).Select(HostPort.Parse).OfType<HostPort>()];

    /// <summary>Process ids of the workers that live, by card.</summary>
    internal int[] WorkerPids => _launcher.LivingPids;

    /// <summary>Starts the actor system and joins, or starts a cluster of its own. Starts no worker.</summary>
    /// <param name="options">Where to listen, whom to join.</param>
    /// <param name="settings">Everything else.</param>
    /// <param name="roles">Of this member.</param>
    /// <param name="served">What it serves, as its peers must; empty where it only lends cards.</param>
    /// <param name="log">Where the workers' lines go.</param>
    /// <param name="cancellation">Ends the start.</param>
    /// <exception cref="NodeStartException">
    /// The address cannot be listened on, no seed answers, or the others serve something else.
    /// </exception>
    internal static async Task<EngineNode> StartAsync(
        NodeOptions options, NodeSettings settings, string[] roles, ImmutableArray<string> served, TextWriter log,
        CancellationToken cancellation)
    {
        CheckHosts(options);
        if (!IsLoopback(options.ClusterHost) && settings.Gaudi.CertificateFolder.Length == 0)
            await log.WriteLineAsync(
                $"warning: whoever reaches {options.ClusterHost} may join this cluster and read its requests; make certificates with "
                + "`gaudi cert` and name their folder with --set gaudi.security.certificates=FOLDER").ConfigureAwait(false);
        var eventFile = settings.Gaudi.Events.File is { } path
            ? EventFile.Open(path, settings.Gaudi.Events.FileBytesMax, log)
            : null;
        var system = GaudiSystem.Start(settings.Chain, options.ClusterHost, options.ClusterPort, roles);
        var launcher = new WorkerLauncher(
            new WorkerLauncherSettings(
                Path.Combine(AppContext.BaseDirectory, "gaudi"), settings.ForWorkers,
                Math.Max(1, Environment.ProcessorCount / (settings.Plan.CardCount - settings.Plan.SpareCount)),
                settings.Gaudi.Node.WorkerStop, settings.Gaudi.Node.LastWords, settings.Gaudi.Node.WorkerSignal, log),
            TimeProvider.System);
        var node = new EngineNode(settings, system, launcher, eventFile);
        try
        {
            node._membership.AllowPartitions(settings.Gaudi.Faults);
            if (!served.IsEmpty)
                NodeRoot.StartServed(system, served, () => node._membership.IsIn);
            await new NodeJoin(system, node._membership, settings.Gaudi).JoinAsync(options.Seeds, cancellation).ConfigureAwait(false);
            if (!served.IsEmpty)
                await new ServedCheck(system, node._membership, settings.Gaudi.Cluster.ServedAnswer)
                    .CheckAsync(served, cancellation).ConfigureAwait(false);
            node.Inventory = NodeRoot.StartInventory(system, node.Name, settings.Gaudi.Cluster);
            node._membership.WatchOthers(GaudiSystem.NodeRole, node.Meet);
            node._membership.WatchOthers(GaudiSystem.EngineRole, node.MeetEngines);
            if (roles.Contains(GaudiSystem.EngineRole))
                node._membership.WatchQuorum(GaudiSystem.EngineRole, problem => node.Inventory.Tell(new WithholdCards(problem)));
            var cluster = settings.Gaudi.Cluster;
            if (cluster.DownsDead && roles.Contains(GaudiSystem.EngineRole))
                node._membership.DownDead(
                    new DeadMemberSettings(GaudiSystem.EngineRole, cluster.PortLooksMax, cluster.PortLookAgain), cluster.PortLook);
            return node;
        }
        catch
        {
            await node.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Starts the workers and, where a model is served, the edge.</summary>
    internal NodeRoot StartWorkers(ServedReplica? served)
    {
        var root = NodeRoot.Start(
            Actors,
            new DeviceSupervisorParts(
                Name, Settings.Plan.CardCount, Settings.Gaudi, _launcher, Inventory, Secrets.NextToken, Announce)
            {
                LaneBroke = Suspect,
            },
            Settings.Gaudi, served, Log);
        _devices = root.Devices;
        return root;
    }

    /// <summary>Tells the workers to stay until this node lets them go, whatever signal reaches them.</summary>
    internal void HoldWorkers() => _launcher.Hold();

    /// <summary>Takes an event for people. Any thread.</summary>
    internal void Announce(NodeEvent happened)
    {
        if (happened is NodeEvent.WorkerJoined joined)
            Remember(joined.Worker);
        else if (happened is NodeEvent.WorkerLost lost)
            Forget(lost.CardIndex);
        if (_isEnding)
            return; // What ends now ends because it is told to.
        Log.Add(happened);
        _events.Writer.TryWrite(happened);
    }

    public async ValueTask DisposeAsync()
    {
        await DrainAsync().ConfigureAwait(false);
        // Everything that ends from here on ends because it is told to.
        _isEnding = true;
        Actors.EventStream.SetLogLevel(LogLevel.ErrorLevel);
        // Whoever minds the workers goes before them, or it would start them again.
        if (_devices is { } devices)
            Actors.Stop(devices);
        // Workers first: while their node is a member they can say goodbye.
        await _launcher.DisposeAsync().ConfigureAwait(false);
        if (!IsPutOut && _membership.HasOthers(GaudiSystem.NodeRole))
            await _membership.LeaveAsync(Settings.Gaudi.Node.Leave).ConfigureAwait(false);
        await Actors.Terminate().ConfigureAwait(false);
        _events.Writer.TryComplete();
        if (_eventFile is not null)
            await _eventFile.DisposeAsync().ConfigureAwait(false);
    }

    // What others run on this node's cards goes on elsewhere: their groups end the epoch between two steps.
    private async Task DrainAsync()
    {
        if (_devices is null || IsPutOut || !_membership.HasOthers(GaudiSystem.NodeRole))
            return;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _devices.Tell(new DrainCards("its node leaves", done));
        await Task.WhenAny(done.Task, Task.Delay(Settings.Gaudi.Node.Drain)).ConfigureAwait(false);
    }

    private void MeetEngines(ImmutableArray<Address> engines) =>
        Volatile.Write(ref _engines, _engines.Union(engines.Select(GaudiSystem.NameOf)));

    // A lane listens at its node's address.
    private void Suspect(ImmutableArray<string> endpoints)
    {
        foreach (var host in endpoints.Select(HostPort.Parse).OfType<HostPort>().Select(one => one.Host).Distinct())
            _membership.Suspect(host);
    }

    private void Remember(WorkerReady worker)
    {
        lock (_workerAddresses)
            _workerAddresses[worker.CardIndex] = worker.Worker.Path.Address;
    }

    // The exit of the process is seen in milliseconds, a failure detector needs seconds.
    private void Forget(int cardIndex)
    {
        lock (_workerAddresses)
        {
            if (_workerAddresses.Remove(cardIndex, out var address))
                _membership.Down(address);
        }
    }

    private void Meet(ImmutableArray<Address> nodes)
    {
        ImmutableArray<string> now = [.. nodes.Select(GaudiSystem.NameOf)];
        foreach (var joined in now.Except(_others))
            Announce(new NodeEvent.NodeJoined(joined));
        foreach (var left in _others.Except(now))
            Announce(new NodeEvent.NodeLeft(left));
        _others = now;
        Inventory.Tell(new PeersChanged(nodes.ToImmutableSortedDictionary(
            GaudiSystem.NameOf,
            ICanTell (node) => Actors.ActorSelection(new RootActorPath(node) / "user" / NodeRoot.InventoryName),
            StringComparer.Ordinal)));
    }

    /// <summary>Members reach each other by the address they listen on: one that listens on loopback meets nobody elsewhere.</summary>
    private static void CheckHosts(NodeOptions options)
    {
        if (!IPAddress.TryParse(options.ClusterHost, out _))
            throw new NodeStartException(
                $"--cluster-host expects an address of this machine, such as 10.0.0.1; came `{options.ClusterHost}`");
        if (IsLoopback(options.ClusterHost) && options.Seeds.FirstOrDefault(one => !IsLoopback(one.Host)) is { } seed)
            throw new NodeStartException(
                $"expected an address that {seed} can reach this node at, came {options.ClusterHost}; give it with --cluster-host");
    }

    private static bool IsLoopback(string host) =>
        host == "localhost" || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
}
