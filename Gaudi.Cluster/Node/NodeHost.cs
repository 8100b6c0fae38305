using Gaudi.Actors.Devices;
using Gaudi.Actors.Settings;
using Gaudi.Cluster.Http;
using Gaudi.Cluster.Http.Metrics;

namespace Gaudi.Cluster.Node;

/// <summary>A node that serves a model over HTTP: engine, workers, server. Disposing it stops all of them.</summary>
internal sealed class NodeHost : IAsyncDisposable
{
    private readonly LastingNode _node;
    private readonly HttpServer _http;
    private readonly StartLines _lines;

    private NodeHost(LastingNode node, HttpServer http, string? apiKey, StartLines lines) =>
        (_node, _http, ApiKey, _lines) = (node, http, apiKey, lines);

    /// <summary>What is served.</summary>
    internal ServedModel Model => _node.Model;

    /// <summary>A key that it takes; null where it needs none.</summary>
    internal string? ApiKey { get; }

    /// <summary>What it was started with.</summary>
    internal GaudiSettings Settings => _node.Settings;

    /// <summary>Tells the workers to stay until this node lets them go, whatever signal reaches them.</summary>
    internal void HoldWorkers() => _node.HoldWorkers();

    /// <summary>Process ids of the workers that live, by card.</summary>
    internal int[] WorkerPids => _node.WorkerPids;

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
        var node = await LastingNode.StartAsync(options, lines, log, cancellation).ConfigureAwait(false);
        try
        {
            return await ListenAsync(node, options, lines, log, cancellation).ConfigureAwait(false);
        }
        catch
        {
            await node.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Tells what happens, and comes back when the cluster puts this node out, until it is stopped.</summary>
    /// <exception cref="NodeStartException">
    /// It was put out and there is nobody to come back to, or its model can never be served again.
    /// </exception>
    internal async Task RunAsync(CancellationToken stop)
    {
        var interval = _node.Settings.Http.StatsInterval;
        if (interval > TimeSpan.Zero)
            _ = new StatsLines(_node, interval, TimeProvider.System, _lines.Stats).RunAsync(stop);
        try
        {
            await _node.RunAsync(stop).ConfigureAwait(false);
        }
        catch (NodeStartException)
        {
            // Whoever waits has been refused: those answers go out first.
            await DrainAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Takes no new request and waits for the accepted ones; the workers stay until it is over.</summary>
    internal async Task DrainAsync()
    {
        // Whoever signals all processes of a service means the node: its ranks are needed to the end.
        _node.HoldWorkers();
        var limit = _node.Settings.Http.DrainTimeout;
        var left = await _http.DrainAsync(limit, count =>
        {
            _node.Announce(new NodeEvent.DrainBegun(count));
            _lines.Draining(count, limit);
        }).ConfigureAwait(false);
        _node.Announce(new NodeEvent.DrainEnded(left));
        if (left > 0)
            _lines.DrainTimeIsOver(left);
    }

    public async ValueTask DisposeAsync()
    {
        // Clients first: they get an ending while there is still something to end.
        await _http.DisposeAsync().ConfigureAwait(false);
        await _node.DisposeAsync().ConfigureAwait(false);
    }

    private static async Task<NodeHost> ListenAsync(
        LastingNode node, ServeOptions options, StartLines lines, TextWriter log, CancellationToken cancellation)
    {
        var keys = ServerKeys.Of(node.Settings.Http.ApiKeys, options.Http.ApiKeys, ProcessEnvironment.ApiKey());
        var http = await HttpServer.StartAsync(
            HttpLimits.For(node.Settings, options.Host, options.Port) with { ApiKeys = ApiKeys.Of(keys) }, node.Model, node,
            node, TimeProvider.System,
            options.Seed is { } seed ? new RequestNumbers(seed) : RequestNumbers.FromSystem(), LogLines.To(log), cancellation, node)
            .ConfigureAwait(false);
        var host = new NodeHost(node, http, keys.FirstOrDefault(), lines);
        try
        {
            await node.WaitUntilServedAsync(cancellation).ConfigureAwait(false);
            if (options.ReadyFile is { } path)
                new ReadyFile(host.Url.GetLeftPart(UriPartial.Authority), Environment.ProcessId, node.WorkerPids).Write(path);
            lines.Ready(host.Url, node.Model.Name, needsKey: !keys.IsEmpty);
            return host;
        }
        catch
        {
            await http.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
