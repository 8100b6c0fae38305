using Gaudi.Actors.Constraints;
using Gaudi.Actors.Devices;
using Gaudi.Actors.Hosting;
using Gaudi.Actors.Requests;
using Gaudi.Actors.Settings;
using Gaudi.Actors.TensorParallel;
using Gaudi.Cluster.Http;
using Gaudi.Cluster.Http.Metrics;
using Gaudi.Cluster.Sharding;
using Gaudi.Hpu.Cards.Probe;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Models;

namespace Gaudi.Cluster.Node;

/// <summary>A node that serves a model over HTTP: engine, workers, server. Disposing it stops all of them.</summary>
internal sealed class NodeHost : IAsyncDisposable
{
    private readonly EngineNode _node;
    private readonly HttpServer _http;
    private readonly StartLines _lines;
    private readonly IServerReports _reports;

    private NodeHost(
        EngineNode node, HttpServer http, ServedModel model, string? apiKey, IServerReports reports, StartLines lines) =>
        (_node, _http, Model, ApiKey, _reports, _lines) = (node, http, model, apiKey, reports, lines);

    /// <summary>What is served.</summary>
    internal ServedModel Model { get; }

    /// <summary>A key that it takes; null where it needs none.</summary>
    internal string? ApiKey { get; }

    /// <summary>Where clients of this machine reach it.</summary>
    internal Uri Url => _http.Url;

    /// <summary>Starts, and returns when the model is served. What the user got wrong is found as early as it can be.</summary>
    /// <param name="options">What the command line says.</param>
    /// <param name="lines">Told how it goes.</param>
    /// <param name="log">Where the workers' lines go.</param>
    /// <param name="cancellation">Ends the start.</param>
    internal static async Task<NodeHost> StartAsync(
        ServeOptions options, StartLines lines, TextWriter log, CancellationToken cancellation)
    {
        var folder = ModelFolder.Find(options.Model, AppContext.BaseDirectory);
        var settings = NodeSettings.Load(
            AppContext.BaseDirectory, options.Node, ServeSettings.Of(options),
            gaudi => options.NodeCount == 1 ? gaudi.Group.TensorParallelSize : 0, MachineProbe.OfThisMachine());
        var draft = settings.Gaudi.Scheduler.Speculation.ModelFolder;
        var toLoad = settings.Gaudi.Model.ForFolder(
            folder, settings.Gaudi.Scheduler, draft is null ? null : ModelFolder.Find(draft, AppContext.BaseDirectory));
        var config = Check(toLoad, settings.Gaudi.Group.TensorParallelSize);
        CheckRanks(options, settings);
        CheckSteps(settings.Gaudi.Scheduler, toLoad.MaxModelLen ?? config.MaxPositionEmbeddings);
        var model = ServedModelFolder.Read(
            folder, options.ServedModelName ?? options.Model, config, toLoad.MaxModelLen, TimeProvider.System);
        string[] roles = [GaudiSystem.NodeRole, GaudiSystem.EngineRole, GaudiSystem.GatewayRole];
        var node = await EngineNode.StartAsync(options.Node, settings, roles, log, cancellation).ConfigureAwait(false);
        try
        {
            lines.Serving(model.Name, folder, settings.Gaudi.Group.TensorParallelSize, node.Name);
            lines.Cards(settings.Plan);
            var host = await ServeAsync(node, options, model, toLoad, lines, log, cancellation).ConfigureAwait(false);
            return host;
        }
        catch
        {
            await node.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Tells what happens until the node is stopped.</summary>
    /// <exception cref="NodeStartException">The cluster put this node out.</exception>
    internal async Task RunAsync(CancellationToken stop)
    {
        var told = TellAsync(stop);
        var interval = _node.Settings.Gaudi.Http.StatsInterval;
        if (interval > TimeSpan.Zero)
            _ = new StatsLines(_reports, interval, TimeProvider.System, _lines.Stats).RunAsync(stop);
        await Task.WhenAny(_node.Actors.WhenTerminated, told).ConfigureAwait(false);
        stop.ThrowIfCancellationRequested();
        throw new NodeStartException(
            "the cluster put this node out, because most other nodes did not hear from it; start it again when the network is well");
    }

    /// <summary>Takes no new request and waits for the accepted ones; the workers stay until it is over.</summary>
    internal async Task DrainAsync()
    {
        // Whoever signals all processes of a service means the node: its ranks are needed to the end.
        _node.HoldWorkers();
        var limit = _node.Settings.Gaudi.Http.DrainTimeout;
        var left = await _http.DrainAsync(limit, count => _lines.Draining(count, limit)).ConfigureAwait(false);
        if (left > 0)
            _lines.DrainTimeIsOver(left);
    }

    public async ValueTask DisposeAsync()
    {
        // Clients first: they get an ending while there is still something to end.
        await _http.DisposeAsync().ConfigureAwait(false);
        await _node.DisposeAsync().ConfigureAwait(false);
    }

    private static async Task<NodeHost> ServeAsync(
        EngineNode node, ServeOptions options, ServedModel model, ModelRunnerSettings toLoad, StartLines lines,
        TextWriter log, CancellationToken cancellation)
    {
        var replicaId = $"{model.Name}/0";
        var settings = node.Settings.Gaudi;
        var constraints = new ConstraintCompiler(model.Tokenizer);
        model = model with { ConstraintProblem = new ConstraintCheck(constraints).Refusal, Pooling = settings.Model.Pooling };
        var replicas = await ReplicaShards.StartAsync(
            node.Actors, GaudiSystem.EngineRole,
            id => new ReplicaParts(
                id, new TpSupervisorParts(id, toLoad, settings.Group, node.Inventory, Secrets.NextToken), settings.Scheduler,
                constraints, node.Announce)).ConfigureAwait(false);
        var root = node.StartWorkers(new ServedReplica([model.Name], replicaId, replicas));
        var keys = ServerKeys.Of(settings.Http.ApiKeys, options.Http.ApiKeys, ProcessEnvironment.ApiKey());
        var http = await HttpServer.StartAsync(
            HttpLimits.For(settings, options.Host, options.Port) with { ApiKeys = ApiKeys.Of(keys) }, model, root.Client!, root.Reports,
            TimeProvider.System, options.Seed is { } seed ? new RequestNumbers(seed) : RequestNumbers.FromSystem(),
            LogLines.To(log), cancellation).ConfigureAwait(false);
        var host = new NodeHost(node, http, model, keys.FirstOrDefault(), root.Reports, lines);
        try
        {
            // The first message for a replica starts it.
            await root.Reports.HealthAsync(cancellation).ConfigureAwait(false);
            await host.WaitUntilServedAsync(cancellation).ConfigureAwait(false);
            if (options.ReadyFile is { } path)
                new ReadyFile(host.Url.GetLeftPart(UriPartial.Authority), Environment.ProcessId, node.WorkerPids).Write(path);
            lines.Ready(host.Url, model.Name, needsKey: !keys.IsEmpty);
            return host;
        }
        catch
        {
            await http.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Follows the start. What would be tried again later, when users depend on it, is final while none does.</summary>
    private async Task WaitUntilServedAsync(CancellationToken cancellation)
    {
        var events = new PatientEvents(_node.Events, _node.Settings.Gaudi.Node.News, TimeProvider.System);
        await foreach (var happened in events.ReadAsync(cancellation).ConfigureAwait(false))
        {
            switch (happened)
            {
                case NodeEvent.WorkerLost lost:
                    throw new NodeStartException($"card {lost.CardIndex} cannot be served: {lost.Reason}");
                case NodeEvent.GroupChanged { Status: { IsFinal: true } status }:
                    throw new NodeStartException($"the group cannot be formed: {status.Reason}");
            }
            _lines.Tell(happened);
            if (happened is NodeEvent.GroupChanged { Status.State: "serving" })
                return;
        }
        throw new NodeStartException("the node stopped before it served");
    }

    private async Task TellAsync(CancellationToken stop)
    {
        await foreach (var happened in _node.Events.ReadAllAsync(stop).ConfigureAwait(false))
            _lines.Tell(happened);
    }

    // Which quantized weights can be loaded is the platform's word, and only workers have one: they check before they load.
    private static ModelConfig Check(ModelRunnerSettings toLoad, int worldSize)
    {
        var config = ModelConfig.Read(toLoad.ModelFolder);
        return config.QuantizationMethod is null ? ModelPreflight.Check(toLoad, worldSize) : config;
    }

    private static void CheckRanks(ServeOptions options, NodeSettings settings)
    {
        var (ranks, cards) = (settings.Gaudi.Group.TensorParallelSize, settings.Plan.CardCount);
        if (options.NodeCount == 1 && ranks > cards)
            throw new NodeStartException(
                $"expected at least {ranks} cards for --tensor-parallel-size {ranks}, but this node has {cards} "
                + $"({settings.Plan.Why}); lower it, or say with --nnodes how many nodes will bring cards");
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
