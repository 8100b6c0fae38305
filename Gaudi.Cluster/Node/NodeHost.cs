using Gaudi.Cluster.Http;
using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Cards.Probe;
using Gaudi.Hpu.Execution;

namespace Gaudi.Cluster.Node;

/// <summary>A node that serves a model over HTTP: engine, workers, server. Disposing it stops all of them.</summary>
internal sealed class NodeHost : IAsyncDisposable
{
    private readonly EngineNode _node;
    private readonly HttpServer _http;

    private NodeHost(EngineNode node, HttpServer http, ServedModel model) => (_node, _http, Model) = (node, http, model);

    /// <summary>What is served.</summary>
    internal ServedModel Model { get; }

    /// <summary>Where clients of this machine reach it.</summary>
    internal Uri Url => _http.Url;

    /// <summary>Starts and returns when the server answers. What goes wrong by the world's fault is found as early as it can be.</summary>
    /// <param name="options">What the command line says.</param>
    /// <param name="lines">Told how the start goes.</param>
    /// <param name="log">Where the workers' lines go.</param>
    /// <param name="cancellation">Ends the start.</param>
    internal static async Task<NodeHost> StartAsync(
        ServeOptions options, StartLines lines, TextWriter log, CancellationToken cancellation)
    {
        var folder = ModelFolder.Find(options.Model, AppContext.BaseDirectory);
        var settings = HoconFiles.Load(AppContext.BaseDirectory, options.Node.SettingsFile, [ServeSettings.Of(options.Node)]);
        var config = ModelPreflight.Check(
            new ModelRunnerSettings(folder, options.Dtype ?? "auto", options.BlockSizeTokens ?? 128, null, options.MaxModelLen, 0.9),
            options.TensorParallelSize);
        var model = ServedModelFolder.Read(
            folder, options.ServedModelName ?? options.Model, config, options.MaxModelLen, TimeProvider.System);
        var plan = CardPlan.Choose(
            wanted: null, MachineProbe.OfThisMachine().Probe(), options.Node.CardCount,
            options.NodeCount == 1 ? options.TensorParallelSize : 0, CardGeneration.Gaudi2, () => CardMemory.AvailableBytes());
        CheckRanks(options, plan);
        lines.Serving(model.Name, folder, options.TensorParallelSize, Environment.ProcessId);
        lines.Cards(plan);
        var node = await EngineNode.StartAsync(
            options.Node, settings, ServeSettings.Of(options.Node) + ServeSettings.Of(plan),
            [GaudiSystem.GatewayRole, GaudiSystem.EngineRole], log, cancellation).ConfigureAwait(false);
        try
        {
            var engine = new UnwiredEngine(node, plan, $"{node.Membership.SelfAddress}/user/devices");
            var http = await HttpServer.StartAsync(
                new HttpServerSettings(options.Host, options.Port), model, engine, engine, TimeProvider.System, loggers: null,
                cancellation).ConfigureAwait(false);
            var host = new NodeHost(node, http, model);
            lines.Cards(await engine.CardsAsync(cancellation).ConfigureAwait(false));
            lines.Ready(host.Url, model.Name);
            if (options.ReadyFile is { } path)
                new ReadyFile(host.Url.GetLeftPart(UriPartial.Authority), Environment.ProcessId, node.Workers.LivingPids).Write(path);
            return host;
        }
        catch
        {
            await node.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        // Clients first: they get an ending while there is still something to end.
        await _http.DisposeAsync().ConfigureAwait(false);
        await _node.DisposeAsync().ConfigureAwait(false);
    }

    private static void CheckRanks(ServeOptions options, CardPlan plan)
    {
        if (options.NodeCount == 1 && options.TensorParallelSize > plan.Cards.Length)
            throw new NodeStartException(
                $"expected at least {options.TensorParallelSize} cards for --tensor-parallel-size {options.TensorParallelSize}, "
                + $"but this node has {plan.Cards.Length}; lower it, or let other nodes join with --nnodes");
    }
}
