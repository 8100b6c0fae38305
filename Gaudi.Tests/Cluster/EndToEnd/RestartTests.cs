using System.Collections.Immutable;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace Gaudi.Tests.Cluster.EndToEnd;

/// <summary>
/// A worker that dies is replaced: by a spare at once, or by a new one that loads its plugins anew; the group serves in a higher
/// epoch, and streams go on with the tokens they would have had.
/// </summary>
[Collection(ProcessTests.Name)]
public sealed class RestartTests
{
    private const string Model = "gaudi-demo";
    private const int TokenCount = 150;

    [Fact]
    public async Task A_worker_killed_in_the_middle_of_a_stream_is_replaced_and_the_tokens_are_the_same()
    {
        await using var server = await ServerProcess.ServeAsync(Model, "-tp", "2");
        var before = await Questions.AnswersAsync(server, Model);
        var stream = await TokenStream.ReadAsync(server, Model, TokenCount, temperature: 1);
        Assert.Equal(TokenCount, stream.Length);
        var digest = (string)(await CardAsync(server, 1))["digest"]!;

        Assert.Equal(stream, await KilledAsync(server, server.Workers[1], temperature: 1));

        var card = await CardAsync(server, 1);
        Assert.NotEqual(server.Workers[1], (int)card["workerPid"]!);
        Assert.Equal(digest, (string)card["digest"]!);
        Assert.True((long)card["epoch"]! > 1);
        Assert.Equal(before, await Questions.AnswersAsync(server, Model));
        Assert.Contains(server.Error.Lines, line => line.Contains("was ended by signal 9", StringComparison.Ordinal));
        Assert.DoesNotContain(server.Error.Lines, line => line.StartsWith("   at ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_spare_takes_a_killed_rank_and_a_worker_whose_plugin_throws_since_is_left_out_until_it_does_not()
    {
        var plugins = Directory.CreateTempSubdirectory("gaudi-plugins-").FullName;
        try
        {
            var fails = CopyPlugin(plugins);
            await using var server = await ServerProcess.StartAsync(
                ImmutableDictionary<string, string>.Empty.Add("GAUDI_PLUGIN_PATH", plugins),
                ["serve", Model, "-tp", "2", "--spares", "1", "--port", "0", "--set", "gaudi.workers.restarts-max=50",
                 "--set", "gaudi.workers.restart-longest-ms=500"]);
            var stream = await TokenStream.ReadAsync(server, Model, TokenCount);
            await Task.WhenAll(Enumerable.Range(0, 3).Select(index => JoinedAsync(server, index)));
            // The first two that were ready are the ranks.
            var ranks = await RanksAsync(server);
            var spare = await CardAsync(server, 3 - ranks.Sum());
            Assert.Equal(("spare", null, 0L), ((string)spare["state"]!, spare["group"], (long)spare["usedBytes"]!));

            File.WriteAllText(fails, "");
            var failed = server.Error.WaitFor(line => line.Contains($"plugin   card {ranks[0]}: sample_norm", StringComparison.Ordinal)
                && line.Contains("failed in", StringComparison.Ordinal));
            Assert.Equal(stream, await KilledAsync(server, await PidAsync(server, ranks[0]))); // T48
            Assert.Equal([(int)spare["card"]!, ranks[1]], await RanksAsync(server));
            Assert.Contains("told to fail", await failed.WaitAsync(ServerProcess.Patience), StringComparison.Ordinal);

            // No worker that starts now fits: the group says so, and goes on when one does.
            var refused = server.Error.WaitFor(line => line.Contains("waits: 2 cards are needed", StringComparison.Ordinal)
                && line.Contains("they must be equal", StringComparison.Ordinal));
            var ends = KilledAsync(server, await PidAsync(server, ranks[1]));
            Assert.Contains($"card {ranks[0]}: it has op registry", await refused.WaitAsync(ServerProcess.Patience), StringComparison.Ordinal);
            File.Delete(fails);
            Assert.Equal(stream, await ends);
        }
        finally
        {
            Directory.Delete(plugins, recursive: true);
        }
    }

    [Fact]
    public async Task A_server_whose_only_card_is_over_its_budget_answers_503_and_ends_with_a_sentence()
    {
        await using var server = await ServerProcess.ServeAsync("gaudi-demo-draft", "--set", "gaudi.workers.restarts-max=0");
        var started = new TaskCompletionSource();
        var stream = TokenStream.ReadAsync(server, "gaudi-demo-draft", 1900, began: _ => started.TrySetResult());
        await started.Task.WaitAsync(ServerProcess.Patience);
        var answer = server.Client.PostAsJsonAsync(
            "/v1/completions", new { model = "gaudi-demo-draft", prompt = "a", max_tokens = 1900, ignore_eos = true });
        Signals.Send(server.Workers[0], Signals.Kill);
        using var response = await answer;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode); // T46
        await Assert.ThrowsAnyAsync<Exception>(() => stream);
        Assert.Equal(1, await server.WaitForExitAsync());
        await server.Error.WaitFor(line => line.Contains(
            "gaudi-demo-draft/0 can never be served again, so this node ends: 1 cards are needed and 0 of 1 are ready", StringComparison.Ordinal))
            .WaitAsync(ServerProcess.Patience);
    }

    // Kills the worker when the stream is well under way, and reads it to its end.
    private static async Task<string[]> KilledAsync(ServerProcess server, int worker, double temperature = 0)
    {
        var isKilled = 0;
        return await TokenStream.ReadAsync(server, Model, TokenCount, temperature, count =>
        {
            if (count >= TokenCount / 3 && Interlocked.Exchange(ref isKilled, 1) == 0)
                Signals.Send(worker, Signals.Kill);
        });
    }

    // SampleNorm throws in its registration while this file lies beside it.
    private static string CopyPlugin(string folder)
    {
        var source = Path.Combine(AppContext.BaseDirectory, "plugins-sample", "SampleNorm");
        foreach (var file in Directory.GetFiles(source, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(folder, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
        var assembly = Directory.GetFiles(folder, "SampleNorm.dll", SearchOption.AllDirectories).Single();
        return Path.Combine(Path.GetDirectoryName(assembly)!, "fail");
    }

    private static Task JoinedAsync(ServerProcess server, int card)
    {
        bool IsIt(string line) => line.StartsWith($"card     {card}: ", StringComparison.Ordinal);
        return Task.WhenAny(server.Output.WaitFor(IsIt), server.Error.WaitFor(IsIt)).WaitAsync(ServerProcess.Patience);
    }

    // The cards of rank 0 and rank 1.
    private static async Task<int[]> RanksAsync(ServerProcess server)
    {
        var cards = JsonNode.Parse(await server.Client.GetStringAsync("/v1/cards"))!.AsArray();
        return [.. Enumerable.Range(0, 2).Select(rank => (int)cards.Single(row => (int?)row!["rank"] == rank)!["card"]!)];
    }

    private static async Task<int> PidAsync(ServerProcess server, int card) => (int)(await CardAsync(server, card))["workerPid"]!;

    private static async Task<JsonNode> CardAsync(ServerProcess server, int card) =>
        JsonNode.Parse(await server.Client.GetStringAsync("/v1/cards"))!.AsArray().Single(row => (int)row!["card"]! == card)!;
}
