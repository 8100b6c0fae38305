using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Xunit;
using Xunit.Abstractions;

namespace Gaudi.Tests.Cluster.EndToEnd;

/// <summary>A node that is told to stop lets accepted requests end, refuses others, and ends in time, whoever else got the signal.</summary>
[Collection(ProcessTests.Name)]
public sealed class DrainTests(ITestOutputHelper output)
{
    private const int ClientCount = 16;
    private const int TokenCount = 160;
    private const int RacerCount = 8;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Stop_under_load_loses_no_accepted_request(bool isForAllProcesses)
    {
        // Half of the choices run, the other half wait.
        await using var server = await ServerProcess.ServeAsync("gaudi-demo", "-tp", "2", "--max-num-seqs", "8");
        var workers = server.Workers.ToArray();
        var ends = workers.Select(worker => ProcessEnd.Watch(worker, TimeSpan.FromSeconds(60))).ToArray();
        var started = Enumerable.Range(0, ClientCount).Select(_ => new TaskCompletionSource()).ToArray();
        var answers = Enumerable.Range(0, ClientCount).Select(index => AskAsync(server, index, started[index])).ToArray();
        await Task.WhenAll(started[..4].Select(one => one.Task)).WaitAsync(ServerProcess.Patience);
        await AllAcceptedAsync(server, answers);
        var clock = Stopwatch.StartNew();
        foreach (var process in isForAllProcesses ? workers.Append(server.Pid) : [server.Pid])
            Signals.Send(process, Signals.Terminate);
        await server.Error.WaitFor(line => line.StartsWith("stopping: ", StringComparison.Ordinal)).WaitAsync(ServerProcess.Patience);
        await AssertRefusedAsync(server);
        Assert.All(await Task.WhenAll(answers), answer => Assert.Equal((TokenCount, "length"), answer));
        Assert.Equal(0, await server.WaitForExitAsync());
        output.WriteLine($"{clock.Elapsed.TotalSeconds:0.0} s from the signal to the end");
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(33), $"{clock.Elapsed}");
        Assert.All(await Task.WhenAll(ends), Assert.True);
    }

    // 5.7: a clean stop is 0; Ctrl-C is 128 + 2. The second signal means what it would mean by itself.
    [Theory]
    [InlineData(Signals.Terminate, 0)]
    [InlineData(Signals.Interrupt, 130)]
    public async Task Second_signal_stops_at_once_with_its_own_exit_code(int second, int exitCode)
    {
        await using var server = await ServerProcess.ServeAsync("gaudi-demo", "-tp", "2", "--set", "gaudi.requests.retry-ms=60000");
        var ends = server.Workers.Select(worker => ProcessEnd.Watch(worker, TimeSpan.FromSeconds(15))).ToArray();
        var started = new TaskCompletionSource();
        var answer = AskAsync(server, 1, started, tokensMax: 1900);
        await started.Task.WaitAsync(ServerProcess.Patience);
        server.Signal(Signals.Terminate);
        await server.Error.WaitFor(line => line.StartsWith("stopping: ", StringComparison.Ordinal)).WaitAsync(ServerProcess.Patience);
        var clock = Stopwatch.StartNew();
        server.Signal(second);
        Assert.Equal(exitCode, await server.WaitForExitAsync());
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(4), $"{clock.Elapsed}");
        await Assert.ThrowsAnyAsync<Exception>(() => answer);
        Assert.All(await Task.WhenAll(ends), Assert.True);
    }

    [Fact]
    public async Task Requests_that_race_with_the_signal_are_answered_whole_or_refused()
    {
        await using var server = await ServerProcess.ServeAsync("gaudi-demo", "-tp", "2", "--shutdown-timeout", "100");
        using var keeper = new HttpClient { BaseAddress = server.Client.BaseAddress, Timeout = ServerProcess.Patience };
        var expected = new List<string>();
        foreach (var index in Enumerable.Range(0, RacerCount))
            expected.Add((await RaceOnceAsync(keeper, index, isStreamed: false))!);
        // The door stays shut, not gone, until this one has its end: every client meets it.
        var started = new TaskCompletionSource();
        var longest = AskAsync(server, 1, started, tokensMax: 500);
        await started.Task.WaitAsync(ServerProcess.Patience);
        var warm = Enumerable.Range(0, RacerCount).Select(_ => new TaskCompletionSource()).ToArray();
        var racers = Enumerable.Range(0, RacerCount).Select(index => RaceAsync(server, index, expected[index], warm[index])).ToArray();
        await Task.WhenAll(warm.Select(one => one.Task)).WaitAsync(ServerProcess.Patience);
        server.Signal(Signals.Terminate);
        var counts = await Task.WhenAll(racers).WaitAsync(ServerProcess.Patience);
        Assert.False(longest.IsCompleted, "the long answer ended before every client had met the shut door");
        Assert.Equal((500, "length"), await longest);
        Assert.Equal(0, await server.WaitForExitAsync());
        output.WriteLine($"{counts.Sum()} whole answers, then {RacerCount} refusals");
    }

    // Asks without a pause until it is refused. Every other client takes a new connection each time, every other pair streams.
    private static async Task<int> RaceAsync(ServerProcess server, int index, string expected, TaskCompletionSource warm)
    {
        using var client = new HttpClient { BaseAddress = server.Client.BaseAddress, Timeout = ServerProcess.Patience };
        client.DefaultRequestHeaders.ConnectionClose = index % 2 == 1;
        for (var count = 0; ; count++)
        {
            if (count == 2)
                warm.TrySetResult();
            if (await RaceOnceAsync(client, index, isStreamed: index % 4 > 1) is not { } text)
                return count;
            Assert.Equal(expected, text);
        }
    }

    // The text of the answer; null when the server drains. Anything else, a cut answer too, throws.
    private static async Task<string?> RaceOnceAsync(HttpClient client, int index, bool isStreamed)
    {
        using var response = await client.PostAsJsonAsync(
            "/v1/completions",
            new { prompt = $"What is {index} + 31?", max_tokens = 6, ignore_eos = true, temperature = 0, stream = isStreamed });
        var body = await response.Content.ReadAsStringAsync();
        if (response.StatusCode == HttpStatusCode.ServiceUnavailable)
        {
            Assert.NotNull(response.Headers.RetryAfter);
            Assert.Contains("draining", body, StringComparison.Ordinal);
            return null;
        }
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var frames = isStreamed ? Http.Frames.Of(body) : [JsonNode.Parse(body)!];
        Assert.Equal("length", (string?)frames[^1]["choices"]![0]!["finish_reason"]);
        return string.Concat(frames.Select(frame => (string?)frame["choices"]![0]!["text"]));
    }

    [Fact]
    public async Task What_has_no_end_in_time_ends_with_abort()
    {
        await using var server = await ServerProcess.ServeAsync("gaudi-demo", "-tp", "2", "--shutdown-timeout", "0.2");
        var started = new TaskCompletionSource();
        var answer = AskAsync(server, 1, started, tokensMax: 1900);
        await started.Task.WaitAsync(ServerProcess.Patience);
        server.Signal(Signals.Terminate);
        var (tokenCount, reason) = await answer;
        Assert.Equal("abort", reason);
        Assert.InRange(tokenCount, 1, 1899);
        Assert.Equal(0, await server.WaitForExitAsync());
        Assert.Contains(server.Error.Lines, line => line.Contains("time to drain is over, 1 requests", StringComparison.Ordinal));
    }

    // Every other client streams. Started when its first token came, or, unstreamed, when it was sent.
    private static async Task<(int TokenCount, string Reason)> AskAsync(
        ServerProcess server, int index, TaskCompletionSource started, int tokensMax = TokenCount)
    {
        var isStreamed = index % 2 == 1;
        var body = new JsonObject
        {
            ["prompt"] = $"What is {index} + 25?", ["max_tokens"] = tokensMax, ["ignore_eos"] = true, ["stream"] = isStreamed,
            ["return_token_ids"] = true,
        };
        using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/completions") { Content = JsonContent.Create(body) };
        if (!isStreamed)
            started.TrySetResult();
        using var response = await server.Client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        if (!isStreamed)
        {
            var choice = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["choices"]![0]!;
            return (choice["token_ids"]!.AsArray().Count, choice["finish_reason"]!.GetValue<string>());
        }
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        var (count, reason) = (0, "");
        while (await reader.ReadLineAsync() is { } line && line != "data: [DONE]")
        {
            if (!line.StartsWith("data: ", StringComparison.Ordinal))
                continue;
            var choice = JsonNode.Parse(line[6..])!["choices"]![0]!;
            count += choice["token_ids"]?.AsArray().Count ?? 0;
            reason = choice["finish_reason"]?.GetValue<string>() ?? reason;
            started.TrySetResult();
        }
        return (count, reason);
    }

    // What was sent has arrived when the server counts it, or has answered it.
    private static Task AllAcceptedAsync(ServerProcess server, Task[] answers) => Eventually.ReadAsync(
        async () => answers.Count(answer => answer.IsCompleted)
            + (int)JsonNode.Parse(await server.Client.GetStringAsync("/load"))!["server_load"]!,
        acceptedCount => acceptedCount >= ClientCount, ServerProcess.Patience);

    private static async Task AssertRefusedAsync(ServerProcess server)
    {
        using var client = new HttpClient { BaseAddress = server.Client.BaseAddress };
        foreach (var path in new[] { "/health", "/v1/models" })
        {
            using var refused = await client.GetAsync(path);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.NotNull(refused.Headers.RetryAfter);
            Assert.True(refused.Headers.ConnectionClose);
            Assert.Contains("draining", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
        foreach (var path in new[] { "/metrics", "/load" })
        {
            using var told = await client.GetAsync(path);
            Assert.Equal(HttpStatusCode.OK, told.StatusCode);
        }
    }
}
