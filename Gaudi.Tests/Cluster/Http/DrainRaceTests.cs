using System.Net;
using System.Text.Json.Nodes;
using Xunit;
using Xunit.Abstractions;

namespace Gaudi.Tests.Cluster.Http;

/// <summary>A drain and a stop in the middle of requests: what reached the engine is answered whole, and nothing else is.</summary>
public sealed class DrainRaceTests(ITestOutputHelper output)
{
    private const int ClientCount = 8;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private enum Outcome
    {
        Whole,
        Refused,
        NoConnection,
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Every_request_that_reached_the_engine_is_answered_whole(int round)
    {
        await using var server = await ServerUnderTest.StartAsync(time: TimeProvider.System);
        server.Engine.Before = (_, _, _) => Yielded(round);
        var warm = Enumerable.Range(0, ClientCount).Select(_ => new TaskCompletionSource()).ToArray();
        var clients = Enumerable.Range(0, ClientCount).Select(index => ClientAsync(server, index, warm[index])).ToArray();
        await Task.WhenAll(warm.Select(one => one.Task)).WaitAsync(Deadline);
        var acceptedCount = -1;
        Assert.Equal(0, await server.Server.DrainAsync(Deadline, count => acceptedCount = count).WaitAsync(Deadline));
        var reachedCount = server.Engine.Requests.Count;
        Assert.Equal(0, server.Engine.OpenCount);
        await server.Server.StopAsync().WaitAsync(Deadline);
        var outcomes = (await Task.WhenAll(clients).WaitAsync(Deadline)).SelectMany(some => some).ToList();
        Assert.Equal(reachedCount, server.Engine.Requests.Count);
        Assert.Equal(reachedCount, outcomes.Count(one => one == Outcome.Whole));
        Assert.InRange(acceptedCount, 0, ClientCount);
        var counts = outcomes.CountBy(one => one).OrderBy(one => one.Key).Select(one => $"{one.Value} {one.Key}");
        output.WriteLine($"{acceptedCount} were inside; {string.Join(", ", counts)}");
    }

    private static async Task Yielded(int times)
    {
        for (var i = 0; i < times; i++)
            await Task.Yield();
    }

    // Asks without a pause until there is no server any more. Every other client takes a new connection each time.
    private static async Task<List<Outcome>> ClientAsync(ServerUnderTest server, int index, TaskCompletionSource warm)
    {
        using var client = new HttpClient { BaseAddress = server.Server.Url, Timeout = Deadline };
        client.DefaultRequestHeaders.ConnectionClose = index % 2 == 1;
        List<Outcome> outcomes = [];
        while (outcomes.LastOrDefault() != Outcome.NoConnection)
        {
            outcomes.Add(await AskAsync(client, isStreamed: index % 4 > 1));
            if (outcomes.Count == 3)
                warm.TrySetResult();
        }
        return outcomes;
    }

    private static async Task<Outcome> AskAsync(HttpClient client, bool isStreamed)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/completions");
        message.Content = new StringContent(
            $$"""{"prompt":"a","max_tokens":9,"stream":{{(isStreamed ? "true" : "false")}}}""", null, "application/json");
        HttpResponseMessage response;
        try
        {
            response = await client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
        }
        catch (HttpRequestException)
        {
            return Outcome.NoConnection;
        }
        using (response)
        {
            // An answer that has begun is read to its end: one that is cut throws here.
            var body = await response.Content.ReadAsStringAsync();
            if (response.StatusCode == HttpStatusCode.ServiceUnavailable)
            {
                Assert.NotNull(response.Headers.RetryAfter);
                return Outcome.Refused;
            }
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            var frames = isStreamed ? Frames.Of(body) : [JsonNode.Parse(body)!];
            Assert.Equal("hello", string.Concat(frames.Select(frame => (string?)frame["choices"]![0]!["text"])));
            Assert.Equal("stop", (string?)frames[^1]["choices"]![0]!["finish_reason"]);
            return Outcome.Whole;
        }
    }
}
