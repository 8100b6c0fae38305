using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace Gaudi.Tests.Cluster.EndToEnd;

/// <summary>What each request answers alone: one card, one after another, nothing cached.</summary>
public sealed class CompanyTruth : IAsyncLifetime
{
    private const int Seed = 20261126;
    private const int Count = 64;

    private readonly JsonObject[] _requests = CompanyRequests.Make(Count, Seed);
    private string[] _answers = [];

    public async Task InitializeAsync()
    {
        await using var server = await ServerProcess.ServeAsync("gaudi-demo", "-tp", "1", "--no-enable-prefix-caching");
        var answers = new List<string>();
        foreach (var request in _requests)
            answers.Add(await AskAsync(server, request));
        _answers = [.. answers];
        Assert.Equal(0, (await Metrics.ReadAsync(server))["vllm:prefix_cache_hits_total"]);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    /// <summary>Sends all at once; every answer must be the one it is alone.</summary>
    internal async Task AssertSameAsync(ServerProcess server)
    {
        var answers = await Task.WhenAll(_requests.Select(request => AskAsync(server, request)));
        for (var index = 0; index < Count; index++)
        {
            Assert.True(
                _answers[index] == answers[index],
                $"seed {Seed}, request {index}: {_requests[index].ToJsonString()}\nalone   {_answers[index]}\ncompany {answers[index]}");
        }
    }

    /// <summary>Nothing runs, nothing waits, no block is in use.</summary>
    internal static void AssertIdle(Metrics metrics)
    {
        Assert.Equal(0, metrics["vllm:num_requests_running"]);
        Assert.Equal(0, metrics["vllm:num_requests_waiting"]);
        Assert.Equal(0, metrics["vllm:kv_cache_usage_perc"]);
    }

    /// <summary>Clients that left are noticed when their connection breaks: the last ones a moment later.</summary>
    internal static async Task<Metrics> AssertBecomesIdleAsync(ServerProcess server)
    {
        var metrics = await Eventually.ReadAsync(
            () => Metrics.ReadAsync(server),
            seen => seen["vllm:num_requests_running"] == 0 && seen["vllm:num_requests_waiting"] == 0,
            TimeSpan.FromSeconds(20));
        AssertIdle(metrics);
        return metrics;
    }

    /// <summary>A client that left is counted as an abort, when the server has noticed.</summary>
    /// <param name="server">Counts.</param>
    /// <param name="countBefore">What <see cref="AbortCountAsync"/> said before the client came.</param>
    internal static Task AssertCountsAbortAsync(ServerProcess server, double countBefore) => Eventually.ReadAsync(
        () => AbortCountAsync(server), count => count > countBefore, ServerProcess.Patience);

    /// <summary>Choices that ended because their client left.</summary>
    internal static async Task<double> AbortCountAsync(ServerProcess server) =>
        (await Metrics.ReadAsync(server)).Each("vllm:request_success_total")
            .Where(one => one.Key.Contains("finished_reason=\"abort\"", StringComparison.Ordinal)).Sum(one => one.Value);

    private static async Task<string> AskAsync(ServerProcess server, JsonObject request)
    {
        using var response = await server.Client.PostAsJsonAsync("/v1/completions", request);
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, body);
        return JsonNode.Parse(body)!["choices"]!.ToJsonString();
    }
}
