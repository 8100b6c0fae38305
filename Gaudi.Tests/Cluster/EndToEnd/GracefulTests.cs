using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Xunit;

namespace Gaudi.Tests.Cluster.EndToEnd;

/// <summary>What operators do to a running cluster costs no request: rolling restart, drain, SIGTERM of a node.</summary>
[Collection(ProcessTests.Name)]
public sealed class GracefulTests
{
    private const string Model = "gaudi-demo";
    private const string Orders = "gaudi.http.administration=on";
    private const int TokenCount = 300;
    private const int StreamCount = 4;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task All_workers_are_restarted_under_streams_that_do_not_notice(int spares)
    {
        await using var server = await ServerProcess.ServeAsync(Model, "-tp", "2", "--spares", $"{spares}", "--set", Orders);
        var stream = await TokenStream.ReadAsync(server, Model, TokenCount);
        await ReadyAsync(server, 2 + spares);
        var before = await PidsAsync(server);
        var (streams, begun) = Begin(server);
        await begun;
        var restart = await GaudiProgram.RunAsync("cluster", "restart", "--rolling", "--url", Url(server));
        Assert.Equal((0, ""), (restart.ExitCode, restart.Error));
        Assert.Equal(3 + spares, restart.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.EndsWith($"{2 + spares} workers were restarted\n", restart.Output, StringComparison.Ordinal);
        Assert.All(await Task.WhenAll(streams), answer => Assert.Equal(stream, answer));
        var cards = await CardsAsync(server);
        Assert.Empty(before.Intersect(await PidsAsync(server)));
        Assert.All(cards, card => Assert.True((string)card!["state"]! is "ready" or "serving" or "spare", card.ToJsonString()));
        var events = await GaudiProgram.RunAsync("events", "--url", Url(server));
        Assert.Contains("restart_done", events.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Orders_are_refused_where_no_setting_allows_them_and_where_there_is_no_room()
    {
        await using var closed = await ServerProcess.ServeAsync(Model, "-tp", "2");
        var forbidden = await GaudiProgram.RunAsync("cluster", "restart", "--rolling", "--url", Url(closed));
        Assert.Equal(1, forbidden.ExitCode);
        Assert.Contains("start it with --set gaudi.http.administration=on", forbidden.Error, StringComparison.Ordinal);

        await using var open = await ServerProcess.ServeAsync(Model, "-tp", "2", "--set", Orders);
        var node = (string)(await CardsAsync(open))[0]!["node"]!;
        var full = await GaudiProgram.RunAsync("cluster", "drain", node, "--url", Url(open));
        Assert.Equal(1, full.ExitCode);
        Assert.Contains($"2 cards of {node} serve and 0 cards of other nodes are free", full.Error, StringComparison.Ordinal);
        using var health = await open.Client.GetAsync("/health");
        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_node_whose_card_serves_is_drained_or_stopped_and_streams_go_on_elsewhere(bool isDrained)
    {
        var port = FreePort();
        await using var gateway = ServerProcess.Start(
            ImmutableDictionary<string, string>.Empty,
            ["serve", Model, "-tp", "2", "--cards", "1", "--nnodes", "2", "--cluster-port", $"{port}", "--port", "0", "--set", Orders]);
        await using var leaving = await JoinAsync(port, "127.0.0.2");
        await gateway.WaitUntilReadyAsync();
        var stream = await TokenStream.ReadAsync(gateway, Model, TokenCount);
        await using var other = await JoinAsync(port, "127.0.0.3");
        await ReadyAsync(gateway, 3);
        var (streams, begun) = Begin(gateway);
        await begun;
        if (isDrained)
        {
            var nodes = (await CardsAsync(gateway)).Select(card => (string)card!["node"]!);
            var node = nodes.First(name => name.StartsWith("127.0.0.2", StringComparison.Ordinal));
            var drain = await GaudiProgram.RunAsync("cluster", "drain", node, "--url", Url(gateway));
            Assert.Equal((0, ""), (drain.ExitCode, drain.Error));
            Assert.EndsWith($"{node} is drained\n", drain.Output, StringComparison.Ordinal);
        }
        leaving.Signal(Signals.Terminate);
        Assert.Equal(0, await leaving.WaitForExitAsync());
        Assert.All(await Task.WhenAll(streams), answer => Assert.Equal(stream, answer));
        var ranks = (await CardsAsync(gateway)).Where(card => card!["rank"] is not null)
            .Select(card => ((string)card!["node"]!).Split(':')[0]);
        Assert.Equal(["127.0.0.1", "127.0.0.3"], ranks.Order());
        // Nobody was lost: the epoch ended because it was told to.
        var metrics = await gateway.Client.GetStringAsync("/metrics");
        Assert.DoesNotContain(metrics.Split('\n'), line =>
            line.StartsWith("gaudi:", StringComparison.Ordinal) && line.Contains("rank_lost", StringComparison.Ordinal)
            && !line.EndsWith(" 0", StringComparison.Ordinal));
    }

    private static (Task<string[]>[] Streams, Task Begun) Begin(ServerProcess server)
    {
        var begun = new TaskCompletionSource();
        var streams = Enumerable.Range(0, StreamCount).Select(_ => TokenStream.ReadAsync(server, Model, TokenCount, began: count =>
        {
            if (count >= 10)
                begun.TrySetResult();
        })).ToArray();
        return (streams, begun.Task.WaitAsync(ServerProcess.Patience));
    }

    private static async Task<ServerProcess> JoinAsync(int port, string host)
    {
        var node = ServerProcess.Start(
            ImmutableDictionary<string, string>.Empty,
            ["node", "--seed", $"127.0.0.1:{port}", "--cluster-host", host, "--cluster-port", "0", "--cards", "1"]);
        await node.WaitForLineAsync("ready");
        return node;
    }

    private static string Url(ServerProcess server) => server.Client.BaseAddress!.ToString();

    private static async Task<JsonArray> CardsAsync(ServerProcess server) =>
        JsonNode.Parse(await server.Client.GetStringAsync("/v1/cards"))!.AsArray();

    private static async Task<int[]> PidsAsync(ServerProcess server) =>
        [.. (await CardsAsync(server)).Select(card => (int?)card!["workerPid"]).OfType<int>()];

    private static Task ReadyAsync(ServerProcess server, int count) => Eventually.ReadAsync(
        async () => (await CardsAsync(server)).Count(card => (string)card!["state"]! is "ready" or "serving" or "spare"),
        ready => ready == count, ServerProcess.Patience);

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
