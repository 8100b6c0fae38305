using System.Collections.Immutable;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace Gaudi.Tests.Cluster.EndToEnd;

/// <summary>Ranks that stop without dying, and a request that kills its rank: real processes, and streams that go on.</summary>
[Collection(ProcessTests.Name)]
public sealed class HangTests
{
    // A busy machine can hold a healthy step up for seconds; the tests of the clock prove the product's own numbers.
    private static readonly string[] Patient =
        ["--set", "gaudi.group.hang.least-limit-ms=3000", "--set", "gaudi.group.hang.grace-ms=1500"];

    [Fact]
    public async Task A_rank_stopped_in_the_middle_of_a_stream_is_killed_alone_and_the_tokens_are_the_same() // T47
    {
        const string model = "gaudi-demo";
        await using var server = await ServerProcess.ServeAsync([model, "-tp", "2", .. Patient]);
        var stream = await TokenStream.ReadAsync(server, model, 150);
        var hung = server.Error.WaitFor(line => line.Contains("rank 1 hangs: step", StringComparison.Ordinal));
        Assert.Equal(stream, await StoppedAsync(server, model, 150, server.Workers[1]));
        await hung.WaitAsync(ServerProcess.Patience);
        var pids = await PidsAsync(server);
        Assert.Equal(server.Workers[0], pids[0]); // It kept its process and its weights.
        Assert.NotEqual(server.Workers[1], pids[1]);
    }

    [Fact]
    public async Task The_only_rank_that_stops_is_replaced_and_a_prompt_that_kills_its_rank_is_given_up_alone() // T50
    {
        const string model = "gaudi-demo-draft";
        var faults = Directory.CreateTempSubdirectory("gaudi-faults-").FullName;
        try
        {
            await using var server = await ServerProcess.StartAsync(
                ImmutableDictionary<string, string>.Empty
                    .Add("GAUDI_PLUGIN_PATH", Path.Combine(AppContext.BaseDirectory, "plugins-sample", "SampleFault"))
                    .Add("SAMPLE_FAULTS", faults),
                ["serve", model, "--port", "0", .. Patient]);
            var stream = await TokenStream.ReadAsync(server, model, 200);
            Assert.Equal(stream, await StoppedAsync(server, model, 200, server.Workers[0]));

            File.WriteAllText(Path.Combine(faults, "long-exit"), "");
            Task<HttpResponseMessage>? poison = null;
            var mates = Enumerable.Range(0, 3).Select(_ => TokenStream.ReadAsync(server, model, 150, began: count =>
            {
                if (count >= 20)
                    LazyInitializer.EnsureInitialized(ref poison, () => server.Client.PostAsJsonAsync(
                        "/v1/completions", new { model, prompt = Enumerable.Repeat(5, 250), max_tokens = 4 }));
            })).ToArray();
            foreach (var mate in mates)
                Assert.Equal(stream[..150], await mate);
            using var response = await poison!.WaitAsync(ServerProcess.Patience);
            Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
            var message = (string)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!["message"]!;
            Assert.Contains("the group failed 2 times while it computed this request", message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(faults, recursive: true);
        }
    }

    // Stops the worker when the stream is well under way, and reads it to its end.
    private static async Task<string[]> StoppedAsync(ServerProcess server, string model, int tokenCount, int worker)
    {
        var isStopped = 0;
        return await TokenStream.ReadAsync(server, model, tokenCount, began: count =>
        {
            if (count >= tokenCount / 2 && Interlocked.Exchange(ref isStopped, 1) == 0)
                Signals.Send(worker, Signals.Stop);
        });
    }

    private static async Task<int[]> PidsAsync(ServerProcess server) =>
        [.. JsonNode.Parse(await server.Client.GetStringAsync("/v1/cards"))!.AsArray().Select(row => (int)row!["workerPid"]!)];
}
