using System.Collections.Immutable;
using Gaudi.Actors.Constraints;
using Gaudi.Actors.Devices;
using Gaudi.Actors.Hosting;
using Gaudi.Actors.Images;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.Requests;
using Gaudi.Actors.Settings;
using Gaudi.Actors.TensorParallel;
using Gaudi.Cluster.Http;
using Gaudi.Cluster.Sharding;
using Gaudi.Hpu.Cards.Probe;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Models;
using Gaudi.Hpu.Models.Lora;

namespace Gaudi.Cluster.Node;

/// <summary>A node that serves a model to callers in this process: engine and workers. Disposing it stops both.</summary>
internal sealed class ServingNode : IAsyncDisposable
{
    private readonly EngineNode _node;
    private readonly NodeRoot _root;
    private readonly GivingUp _givingUp = new(lentCards: null);

    private readonly CurrentLoras _loras;
    private readonly bool _joinsOthers;

    private ServingNode(EngineNode node, NodeRoot root, ServedModel model, CurrentLoras loras, bool joinsOthers) =>
        (_node, _root, Model, _loras, _joinsOthers) = (node, root, model, loras, joinsOthers);

    /// <summary>Where members find it.</summary>
    internal string Name => _node.Name;

    /// <summary>True when the cluster put it out.</summary>
    internal bool IsPutOut => _node.IsPutOut;

    /// <summary>What is served.</summary>
    internal ServedModel Model { get; }

    /// <summary>Runs choices.</summary>
    internal IGenerationClient Client => _root.Client!;

    /// <summary>Takes an event for people. Any thread.</summary>
    internal void Announce(NodeEvent happened) => _node.Announce(happened);

    /// <summary>Tells how engine and cards are.</summary>
    internal IServerReports Reports => _root.Reports;

    /// <summary>Takes orders to the cluster.</summary>
    internal IClusterAdministration Administration => _root.Administration!;

    /// <summary>What it was started with.</summary>
    internal GaudiSettings Settings => _node.Settings.Gaudi;

    /// <summary>Process ids of the workers that live, by card.</summary>
    internal int[] WorkerPids => _node.WorkerPids;

    /// <summary>Ends when the cluster put this node out.</summary>
    internal Task WhenPutOut => _node.Actors.WhenTerminated;

    /// <summary>Starts engine and workers, and does not wait until the model is served.</summary>
    /// <param name="options">What the user asked for; its HTTP part is not used.</param>
    /// <param name="lines">Told how it goes.</param>
    /// <param name="log">Where the workers' lines go.</param>
    /// <param name="before">The node of this server that was put out; null at the first start.</param>
    /// <param name="cancellation">Ends the start.</param>
    internal static async Task<ServingNode> StartAsync(
        ServeOptions options, StartLines lines, TextWriter log, ServingNode? before, CancellationToken cancellation)
    {
        var folder = ModelFolder.Find(options.Model, AppContext.BaseDirectory);
        var settings = NodeSettings.Load(
            AppContext.BaseDirectory, options.Node, ServeSettings.Of(options),
            gaudi => options.NodeCount == 1 ? RankCount(gaudi) : 0, MachineProbe.OfThisMachine());
        var draft = settings.Gaudi.Scheduler.Speculation.ModelFolder;
        var toLoad = settings.Gaudi.Model.ForFolder(
            folder, settings.Gaudi.Scheduler, draft is null ? null : ModelFolder.Find(draft, AppContext.BaseDirectory));
        toLoad = toLoad with { Lora = settings.Gaudi.Lora.ForRanks(settings.Gaudi.Scheduler) };
        CheckAdapters(settings.Gaudi.Lora);
        toLoad = toLoad with { KvConnector = settings.Gaudi.KvTransfer?.ForRanks(Secrets.NextToken()) };
        var config = Check(toLoad, settings.Gaudi.Group.TensorParallelSize);
        CheckRanks(options, settings);
        CheckTransfers(settings.Gaudi);
        CheckSteps(settings.Gaudi.Scheduler, toLoad.MaxModelLen ?? config.PositionsMax);
        var http = settings.Gaudi.Http;
        // Lives as long as the process: its connections close when nobody asks.
        var fetcher = new MediaFetcher(http.Media, TimeProvider.System);
        var model = ServedModelFolder.Read(
            folder, options.ServedModelName ?? options.Model, config, toLoad.MaxModelLen,
            new ImageLimits(http.ImageFileBytesMax, http.ImagePixelsMax, http.Media.Domains), fetcher, TimeProvider.System);
        string[] roles = [GaudiSystem.NodeRole, GaudiSystem.EngineRole, GaudiSystem.GatewayRole];
        var served = ServedLines.Of(model.Name, ModelDigest.Of(toLoad), settings.Chain);
        var node = await EngineNode.StartAsync(options.Node, settings, roles, served, log, cancellation).ConfigureAwait(false);
        try
        {
            lines.Serving(model.Name, folder, settings.Gaudi.Group.TensorParallelSize, settings.Gaudi.Replicas.Count, node.Name);
            lines.Cards(settings.Plan);
            return await ServeAsync(node, model, toLoad, before, joinsOthers: !options.Node.Seeds.IsEmpty).ConfigureAwait(false);
        }
        catch
        {
            await node.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Tells the workers to stay until this node lets them go, whatever signal reaches them.</summary>
    internal void HoldWorkers() => _node.HoldWorkers();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    private static async Task<ServingNode> ServeAsync(
        EngineNode node, ServedModel model, ModelRunnerSettings toLoad, ServingNode? before, bool joinsOthers)
    {
        var settings = node.Settings.Gaudi;
        ImmutableArray<string> replicaIds = [.. Enumerable.Range(0, settings.Replicas.Count).Select(index => $"{model.Name}/{index}")];
        var constraints = new ConstraintCompiler(model.Tokenizer);
        model = model with { ConstraintProblem = new ConstraintCheck(constraints.Refusal).Refusal, Pooling = settings.Model.Pooling };
        var replicas = await ReplicaShards.StartAsync(
            node.Actors, GaudiSystem.EngineRole,
            id => new ReplicaParts(
                id, new TpSupervisorParts(id, toLoad, settings.Group, node.Inventory, Secrets.NextToken), settings.Scheduler,
                constraints, node.Announce)
            {
                KvTransfer = settings.KvTransfer,
            }).ConfigureAwait(false);
        var root = node.StartWorkers(new ServedReplica([model.Name], replicaIds, replicas));
        var loras = before?._loras ?? new CurrentLoras();
        loras.Current = root.Loras!;
        if (before is not null)
            model = before.Model; // With the adapters that clients have loaded since.
        else if (settings.Lora.IsEnabled)
            model = model with
            {
                Adapters = new AdapterShelf(loras, model.Name, FolderOf, settings.Lora.RankMax, TimeProvider.System),
            };
        return new ServingNode(node, root, model, loras, joinsOthers);
    }

    /// <summary>How this node comes back when it was put out: at the same address, to the others it knew.</summary>
    /// <param name="options">What it was started with.</param>
    /// <returns>Null when it knew nobody.</returns>
    internal ServeOptions? RejoinOptions(ServeOptions options)
    {
        var self = HostPort.Parse(_node.Name)!;
        ImmutableArray<HostPort> others = [.. options.Node.Seeds.Union(_node.KnownEngines).Where(one => one != self)];
        return others.IsEmpty
            ? null
            : options with
            {
                Node = options.Node with
                {
                    ClusterPort = self.Port, Seeds = [.. others.Append(self).OrderBy(one => one.ToString(), StringComparer.Ordinal)],
                },
            };
    }

    private static string FolderOf(string adapterPath) => AdapterFolder.Find(adapterPath, AppContext.BaseDirectory);

    // What is wrong with an adapter's files alone is found before anything starts.
    private static void CheckAdapters(AdapterSettings settings)
    {
        foreach (var module in settings.Modules)
            PeftConfig.Read(LoraAdapter.Find("", module.Name, FolderOf(module.Path)).Folder, settings.RankMax);
    }

    // What does not fit the model is found by its ranks.
    private async Task LoadAdaptersAsync(CancellationToken cancellation)
    {
        foreach (var module in Settings.Lora.Modules)
        {
            try
            {
                await Model.Adapters!.LoadAsync(module.Name, module.Path, replaces: false, cancellation).ConfigureAwait(false);
            }
            catch (ApiException refused)
            {
                throw new NodeStartException($"--lora-modules {module.Name}={module.Path}: {refused.Error.Message}");
            }
        }
    }

    /// <summary>Follows the start. What would be tried again later, when users depend on it, is final while none does.</summary>
    /// <param name="lines">Told how it goes.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="NodeStartException">The model will not be served.</exception>
    internal async Task WaitUntilServedAsync(StartLines lines, CancellationToken cancellation)
    {
        // The first message for a replica starts it.
        var isServed = (await Reports.HealthAsync(cancellation).ConfigureAwait(false)).IsServing;
        var start = new StartWatch(_node, Reports, lines, _givingUp);
        await (_joinsOthers ? start.AmongOthersAsync(isServed, cancellation) : start.AloneAsync(cancellation)).ConfigureAwait(false);
        await LoadAdaptersAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Tells what happens from now on.</summary>
    /// <exception cref="NodeStartException">What is served can never be served again.</exception>
    internal async Task TellAsync(StartLines lines, CancellationToken stop)
    {
        await foreach (var happened in _node.Events.ReadAllAsync(stop).ConfigureAwait(false))
        {
            lines.Tell(happened);
            _givingUp.See(happened);
        }
    }

    // A quantization that is not built is refused by the platform, which names those that are; only workers have one.
    private static ModelConfig Check(ModelRunnerSettings toLoad, int worldSize)
    {
        var config = ModelConfig.Read(toLoad.ModelFolder);
        return config.IsQuantizationBuilt ? ModelPreflight.Check(toLoad, worldSize) : config;
    }

    private static int RankCount(GaudiSettings settings) => settings.Replicas.Count * settings.Group.TensorParallelSize;

    private static void CheckRanks(ServeOptions options, NodeSettings settings)
    {
        var (replicas, ranks, cards) = (
            settings.Gaudi.Replicas.Count, settings.Gaudi.Group.TensorParallelSize, settings.Plan.CardCount - settings.Plan.SpareCount);
        if (options.NodeCount > 1 || RankCount(settings.Gaudi) <= cards)
            return;
        var flags = $"--tensor-parallel-size {ranks}" + (replicas == 1 ? "" : $" and --data-parallel-size {replicas}");
        throw new NodeStartException(
            $"expected at least {RankCount(settings.Gaudi)} cards for {flags}, but this node has {cards} "
            + $"{(settings.Plan.SpareCount > 0 ? "beside its spares " : "")}({settings.Plan.Why}); lower {(replicas == 1 ? "it" : "one")}, "
            + "or say with --nnodes how many nodes will bring cards");
    }

    // A peer names one engine and its ranks' ports: it could not tell replicas apart.
    private static void CheckTransfers(GaudiSettings settings)
    {
        if (settings.KvTransfer is not null && settings.Replicas.Count > 1)
            throw new NodeStartException(
                $"--kv-transfer-config works with one replica, came --data-parallel-size {settings.Replicas.Count}; start as many "
                + "servers instead, and name them all to `gaudi route`");
    }

    // Where max-model-len is the model's own, the settings alone could not tell.
    private static void CheckSteps(SchedulerSettings scheduler, int maxModelLen)
    {
        if (!scheduler.ChunksPrefill && scheduler.StepTokensMax < maxModelLen)
            throw new NodeStartException(
                $"expected --max-num-batched-tokens {maxModelLen} or more while chunked prefill is off, came {scheduler.StepTokensMax}; "
                + "raise it, lower --max-model-len, or leave out --no-enable-chunked-prefill");
    }
}
