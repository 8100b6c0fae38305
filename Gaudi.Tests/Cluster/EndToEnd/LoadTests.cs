using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Xunit;
using Xunit.Abstractions;

namespace Gaudi.Tests.Cluster.EndToEnd;

/// <summary>
/// 16 streaming clients, 400 requests of mixed lengths, with stop strings and clients that leave: no error, no wrong token,
/// and every block is free in the end.
/// </summary>
[Collection(ProcessTests.Name)]
public sealed class LoadTests(ITestOutputHelper output)
{
    private const int Seed = 3;
    private const int ClientCount = 16;
    private const int RequestCount = 400;
    private const int DistinctCount = 40;

    [Fact]
    public async Task Many_streams_share_a_group_and_none_is_wrong()
    {
        await using var server = await ServerProcess.ServeAsync("gaudi-demo", "-tp", "2", "--block-size", "16");
        var requests = CompanyRequests.Make(DistinctCount, Seed);
        var truths = new List<int[]>();
        foreach (var request in requests)
            truths.Add(await StreamAsync(server, request, tokensMax: int.MaxValue));

        var queue = Channel.CreateUnbounded<int>();
        foreach (var number in Enumerable.Range(0, RequestCount))
            queue.Writer.TryWrite(number);
        queue.Writer.Complete();
        var (streams, leavers) = (0, 0);
        await Task.WhenAll(Enumerable.Range(0, ClientCount).Select(async _ =>
        {
            await foreach (var number in queue.Reader.ReadAllAsync())
            {
                var truth = truths[number % DistinctCount];
                // Every fifth client leaves in the middle of its answer.
                var tokensMax = number % 5 == 0 ? truth.Length / 2 : int.MaxValue;
                var tokens = await StreamAsync(server, requests[number % DistinctCount], tokensMax);
                Assert.Equal(truth.Take(tokens.Length), tokens);
                if (tokensMax == int.MaxValue)
                    Assert.Equal(truth.Length, tokens.Length);
                else
                    Interlocked.Increment(ref leavers);
                Interlocked.Increment(ref streams);
            }
        }));
        Assert.Equal((RequestCount, RequestCount / 5), (streams, leavers));
        var metrics = await CompanyTruth.AssertBecomesIdleAsync(server);
        output.WriteLine($"{metrics["vllm:generation_tokens_total"]} tokens, {metrics["vllm:num_preemptions_total"]} preemptions");
        Assert.DoesNotContain(server.Error.Lines, line => line.Contains("[ERR", StringComparison.Ordinal));
    }

    // The ids of the tokens that came; leaves after so many.
    private static async Task<int[]> StreamAsync(ServerProcess server, JsonObject request, int tokensMax)
    {
        var body = (JsonObject)request.DeepClone();
        body["stream"] = true;
        using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/completions") { Content = JsonContent.Create(body) };
        using var response = await server.Client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
        Assert.True(response.IsSuccessStatusCode, $"{response.StatusCode}");
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        var tokens = new List<int>();
        while (tokens.Count <= tokensMax && await reader.ReadLineAsync() is { } line)
        {
            if (line == "data: [DONE]")
                return [.. tokens];
            if (!line.StartsWith("data: ", StringComparison.Ordinal))
                continue;
            var frame = JsonNode.Parse(line[6..])!;
            Assert.Null(frame["error"]);
            tokens.AddRange(frame["choices"]![0]!["token_ids"]!.AsArray().Select(id => (int)id!));
        }
        Assert.True(tokens.Count > tokensMax, "the stream ended without [DONE]");
        return [.. tokens];
    }
}
