using System.Collections.Immutable;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Xunit;
using Xunit.Abstractions;

namespace Gaudi.Tests.Cluster.EndToEnd;

/// <summary>
/// `gaudi disaggregate` with its real nodes, workers, sockets and router. The truth is what the decode server answers alone, without
/// the router; nothing is cached, so every prompt that comes through the router is transferred.
/// </summary>
[Collection(ProcessTests.Name)]
public sealed class DisaggregatedTests(ITestOutputHelper output)
{
    private const int Seed = 20261127;

    // A block of the bundled model takes 64 KiB: so slow that twelve long prompts are under way for seconds.
    private const string BytesPerSecond = "8000000";

    [Fact]
    public async Task Answers_are_those_of_one_server_also_when_the_prefill_worker_is_killed_in_the_middle()
    {
        await using var server = await ServerProcess.StartAsync(ImmutableDictionary<string, string>.Empty,
        [
            "disaggregate", "gaudi-demo", "-tp", "1", "--block-size", "16", "--no-enable-prefix-caching", "--port", "0",
            "--set", $"gaudi.kv-transfer.side-channel-port={FreePort()}", "--set", $"gaudi.kv-transfer.lane-bytes-per-second={BytesPerSecond}",
        ]);
        using var decode = new HttpClient { BaseAddress = Ready(server, "decode"), Timeout = ServerProcess.Patience };

        var requests = CompanyRequests.Make(100, Seed);
        await AssertSameAsync(requests, decode, server.Client);
        var metrics = await Metrics.ReadAsync(server);
        Assert.True(metrics["vllm:nixl_bytes_transferred_total"] > 100 * 65_536, "too little was transferred");
        Assert.Equal(0, metrics["vllm:nixl_num_failed_transfers_total"]);
        Assert.True(metrics.Each("vllm:prompt_tokens_by_source_total").Single(one => one.Key.Contains("external")).Value > 2000);
        output.WriteLine($"{metrics["vllm:nixl_bytes_transferred_total"]:N0} bytes in {metrics["vllm:nixl_xfer_time_seconds_sum"]:0.00} s");

        await KillInTheMiddleAsync(server, decode);
        await AssertStreamedAsync(server);
        await AssertStopsAsync(server);
    }

    private async Task KillInTheMiddleAsync(ServerProcess server, HttpClient decode)
    {
        var requests = Enumerable.Range(0, 12).Select(index => new JsonObject
        {
            ["model"] = "gaudi-demo", ["max_tokens"] = 12, ["temperature"] = index % 2 * 0.8, ["seed"] = index, ["return_token_ids"] = true,
            ["prompt"] = $"{index} " + string.Concat(Enumerable.Repeat("Two cards share one model. ", 30)), ["ignore_eos"] = true,
        }).ToArray();
        var truth = await Task.WhenAll(requests.Select(request => AskAsync(decode, request)));
        var servesAgain = server.Error.WaitFor(line => line.Contains("[prefill]") && line.Contains(" serves, epoch "));
        var answers = requests.Select(request => AskAsync(server.Client, request)).ToArray();
        // Prompts are computed, and wait for their blocks.
        await Eventually.ReadAsync(
            () => Metrics.ReadAsync(server), metrics => metrics["vllm:num_requests_waiting"] >= 3, ServerProcess.Patience);
        var clock = Stopwatch.StartNew();
        Signals.Send(server.Workers[0], Signals.Kill);
        var failed = await Eventually.ReadAsync(
            () => Metrics.ReadAsync(server), metrics => metrics["vllm:nixl_num_failed_transfers_total"] > 0, ServerProcess.Patience);
        output.WriteLine($"the loss was counted {clock.ElapsedMilliseconds} ms after the kill, {failed["vllm:nixl_num_failed_transfers_total"]} reads failed");
        var answered = await Task.WhenAll(answers);
        for (var index = 0; index < requests.Length; index++)
            Assert.True(truth[index] == answered[index], $"request {index}\nalone  {truth[index]}\nkilled {answered[index]}");
        await servesAgain.WaitAsync(ServerProcess.Patience);
        CompanyTruth.AssertIdle(await CompanyTruth.AssertBecomesIdleAsync(server));
        Assert.DoesNotContain(server.Error.Lines, line => line.Contains("   at ", StringComparison.Ordinal));

        var before = (await Metrics.ReadAsync(server))["vllm:nixl_bytes_transferred_total"];
        Assert.Equal(truth[0], await AskAsync(server.Client, requests[0])); // By the new worker.
        Assert.True((await Metrics.ReadAsync(server))["vllm:nixl_bytes_transferred_total"] > before, "the new worker's blocks were not read");
    }

    private static async Task AssertStreamedAsync(ServerProcess server)
    {
        using var response = await server.Client.PostAsJsonAsync(
            "/v1/chat/completions",
            new { model = "gaudi-demo", messages = new[] { new { role = "user", content = "What is 17 + 25?" } }, stream = true, max_tokens = 8 });
        var lines = (await response.Content.ReadAsStringAsync()).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("data: [DONE]", lines[^1]);
        Assert.True(lines.Length > 3, $"{lines.Length} frames");
    }

    private static async Task AssertStopsAsync(ServerProcess server)
    {
        int[] workers = Signals.WorkersOf(server.Pid);
        Assert.Equal(2, workers.Length);
        server.Signal(Signals.Interrupt);
        Assert.Equal(130, await server.WaitForExitAsync());
        Assert.All(workers, worker => Assert.False(Signals.IsAlive(worker), $"worker {worker} is left"));
    }

    private static async Task AssertSameAsync(JsonObject[] requests, HttpClient one, HttpClient both)
    {
        var truth = await Task.WhenAll(requests.Select(request => AskAsync(one, request)));
        var answers = await Task.WhenAll(requests.Select(request => AskAsync(both, request)));
        for (var index = 0; index < requests.Length; index++)
            Assert.True(
                truth[index] == answers[index],
                $"seed {Seed}, request {index}: {requests[index].ToJsonString()}\nalone  {truth[index]}\nrouted {answers[index]}");
    }

    private static async Task<string> AskAsync(HttpClient client, JsonObject request)
    {
        using var response = await client.PostAsJsonAsync("/v1/completions", request);
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, body);
        return JsonNode.Parse(body)!["choices"]!.ToJsonString();
    }

    private static Uri Ready(ServerProcess server, string node) => new(
        server.Output.Lines.Single(line => line.StartsWith($"[{node}] ready", StringComparison.Ordinal)).Split(' ')[^1]);

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
