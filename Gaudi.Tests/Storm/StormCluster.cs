using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Gaudi.Tests.Storm;

/// <summary>
/// The system under test: node a serves over HTTP and has a card, node b lends another, and one group runs on both. A node b that
/// ends is started again, as a service manager does. Disposing it stops everything and tells what would not go.
/// </summary>
internal sealed class StormCluster : IAsyncDisposable
{
    internal const string HostA = "127.0.0.1", HostB = "127.0.0.2";

    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan RestartDelay = TimeSpan.FromMilliseconds(500);

    private readonly StormOptions _options;
    private readonly StormHistory _history;
    private readonly TimeProvider _time;
    private readonly GroupWatch _watch;
    private readonly CancellationTokenSource _stopping = new();
    private readonly StormMark _mark = new($"{Environment.ProcessId}-{Path.GetRandomFileName()}");
    private readonly string _folder = Directory.CreateTempSubdirectory("gaudi-storm-").FullName;
    private readonly int _portA = FreePort(HostA), _portB = FreePort(HostB);
    private NodeProcess? _a;
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

    /// <summary>The newest life of node b.</summary>
    internal NodeProcess? B { get; private set; }

    /// <summary>Ends when node a ends.</summary>
    internal Task<int> GatewayEnded => _a!.Ended;

    /// <summary>Starts both nodes, and returns when the model is served.</summary>
    /// <exception cref="InvalidOperationException">Node a ended.</exception>
    internal async Task StartAsync(CancellationToken stop)
    {
        var ready = Path.Combine(_folder, "ready.json");
        var served = StormWait.ForAsync(
            _history, said => said.Kind == StormEventKind.Line && said.Text!.StartsWith("try ", StringComparison.Ordinal),
            TimeSpan.FromSeconds(_options.PatienceSeconds), "the server's ready line", _time, stop);
        _a = Start(
            "a#1", HostA,
            ["serve", "gaudi-demo", "-tp", "2", "--nnodes", "2", "--port", "0", "--ready-file", ready, "--block-size", "16",
                "--disable-log-stats"], _portA);
        _minding = MindAsync();
        if (await Task.WhenAny(served, _a.Ended).ConfigureAwait(false) != served)
            throw new InvalidOperationException($"node a returned {await _a.Ended.ConfigureAwait(false)} before it served");
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

    /// <summary>Cuts the machines off from each other, or ends that.</summary>
    internal void Partition(bool isCut)
    {
        Write(HostA, isCut ? HostB : "");
        Write(HostB, isCut ? HostA : "");
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        Lane.Flow();
        // First without the proxy's help, as a service manager would: asked, then waited for.
        foreach (var node in new[] { B, _a }.OfType<NodeProcess>())
            await StopAsync(node).ConfigureAwait(false);
        await _minding.ConfigureAwait(false);
        var left = _mark.KillAll();
        _history.Add(StormEventKind.Ended, ended => ended with { Left = left });
        Lane.Dispose();
        Http.Dispose();
        _a?.Dispose();
        B?.Dispose();
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

    // Node b comes back as often as it ends, until the storm is over.
    private async Task MindAsync()
    {
        for (var life = 1; !_stopping.IsCancellationRequested; life++)
        {
            B?.Dispose();
            B = Start(
                string.Create(CultureInfo.InvariantCulture, $"b#{life}"), HostB, ["node", "--seed", $"{HostA}:{_portA}"], _portB);
            await Task.WhenAny(B.Ended, Task.Delay(Timeout.Infinite, _stopping.Token)).ConfigureAwait(false);
            if (_stopping.IsCancellationRequested)
                return;
            await Task.WhenAny(Task.Delay(RestartDelay, _time, _stopping.Token)).ConfigureAwait(false);
        }
    }

    private NodeProcess Start(string name, string host, string[] verb, int port)
    {
        string[] common = ["--cards", "1", "--cluster-host", host, "--cluster-port", port.ToString(CultureInfo.InvariantCulture)];
        var settings = StormSettings.Of(Lane.Endpoint, PartitionFile(host), _options.Program).Concat(_options.Settings);
        var node = NodeProcess.Start(
            name, _options.Program,
            ImmutableDictionary<string, string>.Empty.Add("GAUDI_PLUGIN_PATH", _options.PluginFolder)
                .Add("SAMPLE_FAULTS", OrdersFolder).Add(StormMark.Name, _mark.Value),
            [.. verb, .. common, .. settings.SelectMany(setting => new[] { "--set", setting })], _watch.Take);
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
