using System.Diagnostics;
using Gaudi.Actors.Settings;

namespace Gaudi.Cluster.Node;

/// <summary>
/// Several `gaudi serve` as child processes of this one. One that ends is started again, so that its return can be watched.
/// Disposing it stops all of them: asked first, killed when they take too long.
/// </summary>
/// <param name="options">How many, and where.</param>
/// <param name="output">Results of the nodes, each line with its node's name.</param>
/// <param name="log">Logs of the nodes.</param>
internal sealed class LocalCluster(LocalClusterOptions options, TextWriter output, TextWriter log) : IAsyncDisposable
{
    private readonly ClusterSettings _settings = GaudiSettings.Load(HoconFiles.Defaults(AppContext.BaseDirectory)).Cluster;
    private readonly SpawnThread _spawner = new();
    private readonly List<LocalNode> _nodes = [];

    /// <summary>Starts all and returns when each serves.</summary>
    /// <exception cref="NodeStartException">One ended before.</exception>
    internal async Task StartAsync(CancellationToken cancellation)
    {
        foreach (var node in Enumerable.Range(1, options.NodeCount))
            _nodes.Add(Start(node));
        var ready = Task.WhenAll(_nodes.Select(node => node.Ready)).WaitAsync(cancellation);
        var ends = _nodes.Select(node => node.Ended).ToList();
        if (await Task.WhenAny([ready, .. ends]).ConfigureAwait(false) != ready)
        {
            var ended = _nodes.First(node => node.Ended.IsCompleted);
            throw new NodeStartException(
                $"expected all {options.NodeCount} nodes to serve, but {ended.Name} {ended.End}; its lines are above");
        }
        await ready.ConfigureAwait(false);
        var urls = string.Join(' ', _nodes.Select(node => node.Ready.Result));
        await output.WriteLineAsync($"cluster  {options.NodeCount} nodes serve: {urls}").ConfigureAwait(false);
        foreach (var node in _nodes)
            await output.WriteLineAsync($"cluster  {node.Name} is process {node.Pid}; end it with `kill -9 {node.Pid}` and see")
                .ConfigureAwait(false);
        await output.FlushAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Starts nodes again that end, until it is cancelled.</summary>
    internal async Task RunAsync(CancellationToken stop)
    {
        while (true)
        {
            await Task.WhenAny(_nodes.Select(node => node.Ended)).WaitAsync(stop).ConfigureAwait(false);
            var index = _nodes.FindIndex(node => node.Ended.IsCompleted);
            var seconds = _settings.LocalRestart.TotalSeconds;
            await log.WriteLineAsync($"cluster  {_nodes[index].Name} {_nodes[index].End}; it starts again in {seconds:0.#} s")
                .ConfigureAwait(false);
            await Task.Delay(_settings.LocalRestart, stop).ConfigureAwait(false);
            _nodes[index].Dispose();
            _nodes[index] = Start(index + 1);
            await log.WriteLineAsync($"cluster  {_nodes[index].Name} is process {_nodes[index].Pid} now").ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
            node.Ask();
        foreach (var node in _nodes)
        {
            await Task.WhenAny(node.Ended, Task.Delay(_settings.LocalStop)).ConfigureAwait(false);
            node.Kill();
            await node.Ended.ConfigureAwait(false);
            node.Dispose();
        }
        _spawner.Dispose();
    }

    private LocalNode Start(int node)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "gaudi"), options.ArgumentsOf(node, Environment.ProcessId))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        var process = _spawner.Run(() => Process.Start(start))
            ?? throw new NodeStartException($"the system did not start `{start.FileName}`");
        return new LocalNode($"node {node}", process, output, log);
    }
}
