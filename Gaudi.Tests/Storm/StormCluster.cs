using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Gaudi.Tests.Storm;

/// <summary>
/// The system under test: three engine nodes with a card each, one group of two ranks on them. The clients' gateway is node a; the
/// replica lives on any of them. A node b or c that ends is started again, as a service manager does. Disposing it stops everything
/// and tells what would not go.
/// </summary>
internal sealed class StormCluster : IAsyncDisposable
{
    /// <summary>Of nodes a, b and c.</summary>
    internal static readonly ImmutableArray<string> Hosts = ["127.0.0.1", "127.0.0.2", "127.0.0.3"];

    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan RestartDelay = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LookDelay = TimeSpan.FromMilliseconds(100);

    private readonly StormOptions _options;
    private readonly StormHistory _history;
    private readonly TimeProvider _time;
    private readonly GroupWatch _watch;
    private readonly CancellationTokenSource _stopping = new();
    private readonly StormMark _mark = new($"{Environment.ProcessId}-{Path.GetRandomFileName()}");
    private readonly string _folder = Directory.CreateTempSubdirectory("gaudi-storm-").FullName;
    private readonly ImmutableArray<int> _ports = [.. Hosts.Select(FreePort)];
    private readonly NodeProcess?[] _nodes = new NodeProcess?[Hosts.Length];
    private Task _minding = Task.CompletedTask;

    internal StormCluster(StormOptions options, StormHistory history, TimeProvider time)
    {
        (_options, _history, _time, _watch) = (options, history, time, new GroupWatch(history));
        Directory.CreateDirectory(OrdersFolder);
        Http = new HttpClient { Timeout = TimeSpan.FromSeconds(options.PatienceSeconds) };
    }

    /// <summary>Between the ranks.</summary>
    internal LaneProxy Lane { get; } = new();

    /// <summary>Where the plugin looks for orders to fail.</summary>
    internal string OrdersFolder => Path.Combine(_folder, "orders");

    /// <summary>Its base address is node a.</summary>
    internal HttpClient Http { get; }

    /// <summary>The newest life of node b (1) or c (2).</summary>
    internal NodeProcess NodeOf(int index) => _nodes[index]!;

    /// <summary>Ends when node a ends.</summary>
    internal Task<int> GatewayEnded => _nodes[0]!.Ended;

    /// <summary>Starts all nodes, and returns when the model is served.</summary>
    /// <exception cref="InvalidOperationException">Node a ended.</exception>
    internal async Task StartAsync(CancellationToken stop)
    {
        var ready = Path.Combine(_folder, "ready.json");
        var served = StormWait.ForAsync(
            _history, said => said is { Kind: StormEventKind.Line, Node: "a#1" } && said.Text!.StartsWith("try ", StringComparison.Ordinal),
            TimeSpan.FromSeconds(_options.PatienceSeconds), "the server's ready line", _time, stop);
        _nodes[0] = Start("a#1", 0, ["--ready-file", ready]);
        _minding = Task.WhenAll(Enumerable.Range(1, Hosts.Length - 1).Select(MindAsync));
        if (await Task.WhenAny(served, GatewayEnded).ConfigureAwait(false) != served)
            throw new InvalidOperationException($"node a returned {await GatewayEnded.ConfigureAwait(false)} before it served");
        await served.ConfigureAwait(false);
        var written = JsonNode.Parse(await File.ReadAllTextAsync(ready, stop).ConfigureAwait(false))!;
        Http.BaseAddress = new Uri((string)written["url"]!);
    }

    /// <summary>The process of a rank's worker, now.</summary>
    /// <exception cref="InvalidOperationException">The server does not tell one.</exception>
    internal async Task<int> WorkerOfAsync(int rank, CancellationToken stop)
    {
        var cards = JsonNode.Parse(await Http.GetStringAsync("/v1/cards", stop).ConfigureAwait(false))!.AsArray();
        return cards.FirstOrDefault(card => (int?)card!["rank"] == rank)?["workerPid"] is { } pid
            ? (int)pid
            : throw new InvalidOperationException($"/v1/cards names no worker of rank {rank}: {cards.ToJsonString()}");
    }

    /// <summary>Waits until every node has a card that is ready: what was restarted is back, and what was cut off too.</summary>
    internal async Task WholeAsync(string what, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(TimeSpan.FromSeconds(_options.PatienceSeconds));
        try
        {
            while (await ReadyCountAsync(limit.Token).ConfigureAwait(false) < Hosts.Length)
                await Task.Delay(LookDelay, _time, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new TimeoutException($"{what} not every node came back with its card within {_options.PatienceSeconds} s");
        }
    }

    private async Task<int> ReadyCountAsync(CancellationToken stop) =>
        JsonNode.Parse(await Http.GetStringAsync("/v1/cards", stop).ConfigureAwait(false))!.AsArray()
            .Where(card => (string)card!["state"]! is "ready" or "serving" or "spare")
            .Select(card => ((string)card!["node"]!).Split(':')[0]).Distinct().Count();

    /// <summary>Cuts a node off from the others, or ends that.</summary>
    internal void Partition(int index, bool isCut)
    {
        foreach (var (other, host) in Hosts.Index())
            Write(host, !isCut ? "" : other == index ? string.Join('\n', Hosts.RemoveAt(index)) : Hosts[index]);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        Lane.Flow();
        // First without the proxy's help, as a service manager would: asked, then waited for.
        foreach (var node in _nodes.OfType<NodeProcess>().Reverse())
            await StopAsync(node).ConfigureAwait(false);
        await _minding.ConfigureAwait(false);
        var left = _mark.KillAll();
        _history.Add(StormEventKind.Ended, ended => ended with { Left = left });
        Lane.Dispose();
        Http.Dispose();
        foreach (var node in _nodes)
            node?.Dispose();
        _stopping.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    // A node that does not go is left to the count of what was left running.
    private async Task StopAsync(NodeProcess node)
    {
        if (!node.Ended.IsCompleted)
            Signals.Send(node.Pid, Signals.Terminate);
        await Task.WhenAny(node.Ended, Task.Delay(StopGrace, _time)).ConfigureAwait(false);
    }

    // A node comes back as often as it ends, until the storm is over.
    private async Task MindAsync(int index)
    {
        for (var life = 1; !_stopping.IsCancellationRequested; life++)
        {
            _nodes[index]?.Dispose();
            var node = _nodes[index] = Start(string.Create(CultureInfo.InvariantCulture, $"{(char)('a' + index)}#{life}"), index, []);
            await Task.WhenAny(node.Ended, Task.Delay(Timeout.Infinite, _stopping.Token)).ConfigureAwait(false);
            if (_stopping.IsCancellationRequested)
                return;
            await Task.WhenAny(Task.Delay(RestartDelay, _time, _stopping.Token)).ConfigureAwait(false);
        }
    }

    private NodeProcess Start(string name, int index, string[] more)
    {
        var host = Hosts[index];
        string[] verb =
        [
            "serve", "gaudi-demo", "-tp", "2", "--nnodes", "3", "--host", host, "--port", "0", "--block-size", "16", "--disable-log-stats",
            "--cards", "1", "--cluster-host", host, "--cluster-port", _ports[index].ToString(CultureInfo.InvariantCulture),
            .. Hosts.Zip(_ports).SelectMany(node => new[] { "--join", $"{node.First}:{node.Second}" }),
        ];
        var settings = StormSettings.Of(Lane.Endpoint, PartitionFile(host)).Concat(_options.Settings);
        var node = NodeProcess.Start(
            name, _options.Program,
            ImmutableDictionary<string, string>.Empty.Add("GAUDI_PLUGIN_PATH", _options.PluginFolder)
                .Add("SAMPLE_FAULTS", OrdersFolder).Add(StormMark.Name, _mark.Value),
            [.. verb, .. more, .. settings.SelectMany(setting => new[] { "--set", setting })], _watch.Take);
        _history.Add(StormEventKind.NodeStarted, started => started with { Node = name, Pid = node.Pid });
        _ = TellEndAsync(node);
        return node;
    }

    private async Task TellEndAsync(NodeProcess node)
    {
        var (pid, code) = (node.Pid, await node.Ended.ConfigureAwait(false));
        _history.Add(StormEventKind.NodeEnded, ended => ended with { Node = node.Name, Pid = pid, Text = $"it returned {code}" });
    }

    private string PartitionFile(string host) => Path.Combine(_folder, $"cut-{host}");

    private void Write(string host, string hosts)
    {
        var unfinished = PartitionFile(host) + ".part";
        File.WriteAllText(unfinished, hosts);
        File.Move(unfinished, PartitionFile(host), overwrite: true);
    }

    private static int FreePort(string host)
    {
        using var probe = new TcpListener(IPAddress.Parse(host), 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
