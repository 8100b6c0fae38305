using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace Gaudi.Tests.Cluster.EndToEnd;

/// <summary>
/// `gaudi serve --data-parallel-size 2`: both replicas answer, prompts that come again find their cache, and when one replica's
/// only worker is killed its streams go on at the other with the tokens they would have had.
/// </summary>
[Collection(ProcessTests.Name)]
public sealed class ReplicaServingTests
{
    private const int TokenCount = 300;
    private const int BlockSize = 16;

    [Fact]
    public async Task Streams_of_a_killed_replica_go_on_at_the_other_with_exactly_their_tokens()
    {
        await using var server = await ServerProcess.ServeAsync("gaudi-demo", "-tp", "1", "-dp", "2", "--block-size", $"{BlockSize}");
        Assert.Contains("at tensor-parallel size 1, 2 replicas;", server.Output.Lines[0], StringComparison.Ordinal);
        var workers = await WorkersAsync(server);
        Assert.Equal(["gaudi-demo/0", "gaudi-demo/1"], workers.Keys);

        // Undisturbed, the second while the first runs: each replica gets one of them.
        Task<int[]>? beside = null;
        var alone = await StreamAsync(server, 0, () => beside = StreamAsync(server, 1));
        int[][] truths = [alone, await beside!];
        Assert.All(truths, truth => Assert.Equal(TokenCount, truth.Length));
        Assert.Equal(new double[] { TokenCount, TokenCount }, await EachAsync(server, "vllm:generation_tokens_total"));
        Assert.Equal(new double[] { 0, 0 }, await EachAsync(server, "vllm:prompt_tokens_cached_total"));

        // Again, and their first worker dies in the middle.
        var dying = workers["gaudi-demo/0"];
        Task<HttpResponseMessage>? health = null;
        var (first, second) = (
            StreamAsync(server, 0, () =>
            {
                Signals.Send(dying, Signals.Kill);
                health = server.Client.GetAsync("/health");
            }),
            StreamAsync(server, 1));
        Assert.Equal(truths[0], await first);
        Assert.Equal(truths[1], await second);
        Assert.True((await health!).IsSuccessStatusCode); // One replica serves.
        Assert.Contains(server.Error.Lines, line => line.Contains("was ended by signal 9", StringComparison.Ordinal));
        // Each went where its prompt was cached, and the survivor generated the rest of the lost one's beside its own.
        var cached = await EachAsync(server, "vllm:prompt_tokens_cached_total");
        Assert.True(cached[1] >= 3 * BlockSize, $"{cached[1]} prompt tokens were cached");
        Assert.True((await EachAsync(server, "vllm:generation_tokens_total"))[1] > 2 * TokenCount, "nothing moved");
        Assert.DoesNotContain(server.Error.Lines, line => line.StartsWith("   at ", StringComparison.Ordinal));
    }

    private static async Task<SortedDictionary<string, int>> WorkersAsync(ServerProcess server) => new(
        JsonNode.Parse(await server.Client.GetStringAsync("/v1/cards"))!.AsArray()
            .ToDictionary(row => (string)row!["group"]!, row => (int)row!["workerPid"]!), StringComparer.Ordinal);

    private static async Task<double[]> EachAsync(ServerProcess server, string name) =>
        [.. (await Metrics.ReadAsync(server)).Each(name).OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => one.Value)];

    // Sampled with a seed, so that each position has one right token.
    private static async Task<int[]> StreamAsync(ServerProcess server, int number, Action? amid = null)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/completions")
        {
            Content = JsonContent.Create(new
            {
                model = "gaudi-demo", prompt = Enumerable.Range(100 + 200 * number, 4 * BlockSize), max_tokens = TokenCount,
                ignore_eos = true, temperature = 1, seed = number, stream = true, return_token_ids = true,
            }),
        };
        using var response = await server.Client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
        Assert.True(response.IsSuccessStatusCode, $"{response.StatusCode}");
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        var tokens = new List<int>();
        while (await reader.ReadLineAsync() is { } line && line != "data: [DONE]")
        {
            if (!line.StartsWith("data: ", StringComparison.Ordinal))
                continue;
            var frame = JsonNode.Parse(line[6..])!;
            Assert.True(frame["error"] is null, line);
            tokens.AddRange(frame["choices"]![0]!["token_ids"]!.AsArray().Select(id => (int)id!));
            if (amid is null || tokens.Count < 20)
                continue;
            amid();
            amid = null;
        }
        Assert.Null(amid);
        return [.. tokens];
    }
}
