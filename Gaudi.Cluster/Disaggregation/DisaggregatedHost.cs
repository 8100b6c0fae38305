using System.Collections.Immutable;
using Gaudi.Cluster.Node;

namespace Gaudi.Cluster.Disaggregation;

/// <summary>
/// A prefill node, a decode node and the router in front of them, on this machine: two nodes as two `gaudi serve` would be, each
/// with its own cluster, cards and worker processes. Disposing it stops all of them.
/// </summary>
internal sealed class DisaggregatedHost : IAsyncDisposable
{
    private readonly NodeHost _prefill;
    private readonly NodeHost _decode;
    private readonly Router _router;

    private DisaggregatedHost(NodeHost prefill, NodeHost decode, Router router) => (_prefill, _decode, _router) = (prefill, decode, router);

    /// <summary>Starts, and returns when the router answers.</summary>
    /// <param name="options">What the command line says of both nodes; host, port and ready file are the router's.</param>
    /// <param name="output">Results.</param>
    /// <param name="log">Logs.</param>
    /// <param name="cancellation">Ends the start.</param>
    internal static async Task<DisaggregatedHost> StartAsync(
        ServeOptions options, TextWriter output, TextWriter log, CancellationToken cancellation)
    {
        var prefill = await StartNodeAsync(options, "prefill", "kv_producer", output, log, cancellation).ConfigureAwait(false);
        NodeHost? decode = null;
        Router? router = null;
        try
        {
            decode = await StartNodeAsync(options, "decode", "kv_consumer", output, log, cancellation).ConfigureAwait(false);
            var http = decode.Settings.Http;
            router = await Router.StartAsync(
                new RouterSettings(
                    options.Host, options.Port, [prefill.Url], [decode.Url], http.BodyBytesMax, http.DrainTimeout,
                    http.PrefillTimeout),
                LogLines.To(log), cancellation).ConfigureAwait(false);
            if (options.ReadyFile is { } path)
                new ReadyFile(
                    router.Url.GetLeftPart(UriPartial.Authority), Environment.ProcessId,
                    [.. prefill.WorkerPids, .. decode.WorkerPids]).Write(path);
            new StartLines(output, log).Ready(router.Url, decode.Model.Name, decode.ApiKey is not null);
            return new DisaggregatedHost(prefill, decode, router);
        }
        catch
        {
            if (router is not null)
                await router.DisposeAsync().ConfigureAwait(false);
            if (decode is not null)
                await decode.DisposeAsync().ConfigureAwait(false);
            await prefill.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Tells what happens until it is stopped.</summary>
    /// <exception cref="NodeStartException">A node was put out by its cluster.</exception>
    internal Task RunAsync(CancellationToken stop) => Task.WhenAny(_prefill.RunAsync(stop), _decode.RunAsync(stop)).Unwrap();

    /// <summary>Takes no new request and waits for the accepted ones.</summary>
    internal async Task DrainAsync()
    {
        _prefill.HoldWorkers();
        _decode.HoldWorkers();
        await _router.DisposeAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await _router.DisposeAsync().ConfigureAwait(false);
        await Task.WhenAll(_decode.DisposeAsync().AsTask(), _prefill.DisposeAsync().AsTask()).ConfigureAwait(false);
    }

    private static Task<NodeHost> StartNodeAsync(
        ServeOptions options, string name, string role, TextWriter output, TextWriter log, CancellationToken cancellation)
    {
        var transfer = options.Engine.KvTransfer ?? new KvTransferOptions("NixlConnector", null, null, null);
        var node = options with
        {
            Host = NodeOptions.Loopback, Port = 0, ReadyFile = null,
            // Ports given are the first node's at most; the second has its own cluster.
            Node = options.Node with { ClusterPort = 0 },
            Engine = options.Engine with { KvTransfer = transfer with { Role = role } },
        };
        var lines = new StartLines(new NamedLines(output, name), new NamedLines(log, name));
        return NodeHost.StartAsync(node, lines, new NamedLines(log, name), cancellation);
    }
}
