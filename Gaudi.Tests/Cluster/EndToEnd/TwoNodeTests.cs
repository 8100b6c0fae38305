using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Xunit;

namespace Gaudi.Tests.Cluster.EndToEnd;

/// <summary>Two nodes with one card each, as on two machines: 127.0.0.1 and 127.0.0.2.</summary>
[Collection(ProcessTests.Name)]
public sealed class TwoNodeTests
{
    private const string Model = "gaudi-demo";

    [Fact]
    public async Task One_group_across_two_nodes_gives_the_same_tokens()
    {
        var port = FreePort();
        await using var first = ServerProcess.Start(
            ImmutableDictionary<string, string>.Empty,
            ["serve", Model, "-tp", "2", "--cards", "1", "--nnodes", "2", "--cluster-port", $"{port}", "--port", "0"]);
        await using var second = await JoinAsync(port);
        await first.WaitUntilReadyAsync();

        var cards = JsonNode.Parse(await first.Client.GetStringAsync("/v1/cards"))!.AsArray();
        Assert.Equal(["127.0.0.1 rank 0", "127.0.0.2 rank 1"], cards.Select(card => $"{HostOf(card)} rank {card!["rank"]}"));
        Assert.Equal(2, cards.Select(card => (int)card!["workerPid"]!).Distinct().Count());

        await using var alone = await ServerProcess.ServeAsync(Model, "-tp", "2");
        Assert.Equal(await Questions.AnswersAsync(alone, Model), await Questions.AnswersAsync(first, Model));
    }

    [Fact]
    public async Task A_node_that_leaves_takes_its_card_along_and_health_says_so()
    {
        var port = FreePort();
        await using var first = ServerProcess.Start(
            ImmutableDictionary<string, string>.Empty,
            ["serve", Model, "-tp", "2", "--cards", "1", "--nnodes", "2", "--cluster-port", $"{port}", "--port", "0"]);
        await using (var second = await JoinAsync(port))
        {
            await first.WaitUntilReadyAsync();
            var lost = first.Error.WaitFor(line => line.Contains("2 cards are needed and 1 of 1 are ready", StringComparison.Ordinal));
            second.Signal(Signals.Terminate);
            Assert.Equal(0, await second.WaitForExitAsync());
            await lost.WaitAsync(ServerProcess.Patience);
        }
        using var health = await first.Client.GetAsync("/health");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, health.StatusCode);
    }

    private static async Task<ServerProcess> JoinAsync(int port)
    {
        var node = ServerProcess.Start(
            ImmutableDictionary<string, string>.Empty,
            ["node", "--seed", $"127.0.0.1:{port}", "--cluster-host", "127.0.0.2", "--cluster-port", "0", "--cards", "1"]);
        await node.WaitForLineAsync("ready");
        return node;
    }

    private static string HostOf(JsonNode? card) => ((string)card!["node"]!).Split(':')[0];

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
