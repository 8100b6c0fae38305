using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Gaudi.Actors.Requests;
using Gaudi.Cluster.Http;
using Gaudi.Cluster.Node;
using Gaudi.Hpu.Models.Lora;
using Gaudi.Tests.Hpu.Models.Lora;
using Xunit;

namespace Gaudi.Tests.Cluster.Http;

/// <summary>Adapters as HTTP clients see them: models of their own that can be loaded and unloaded where the server allows it.</summary>
public sealed class AdapterTests
{
    private static RandomAdapter Good() => RandomAdapter.Write([("model.layers.0.self_attn.q_proj", 8, 8)], seed: 1);

    private static Task<ServerUnderTest> StartAsync(FakeLoader loader, bool updates = true) => ServerUnderTest.StartAsync(
        settings => settings with { UpdatesAdapters = updates, LorasMax = 2 },
        model => model with
        {
            Adapters = new AdapterShelf(loader, model.Name, path => AdapterFolder.Find(path, "/nowhere"), rankMax: 8, new FixedTime()),
        });

    private static async Task<(HttpStatusCode Status, string Text)> PostAsync(ServerUnderTest server, string path, object body)
    {
        using var response = await server.PostAsync(path, System.Text.Json.JsonSerializer.Serialize(body));
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private static Task<(HttpStatusCode Status, string Text)> LoadAsync(ServerUnderTest server, string name, string path, bool replaces = false) =>
        PostAsync(server, "/v1/load_lora_adapter", new { lora_name = name, lora_path = path, load_inplace = replaces });

    [Fact]
    public async Task Loaded_adapter_is_a_model_with_a_parent_until_it_is_unloaded()
    {
        var loader = new FakeLoader();
        using var good = Good();
        await using var server = await StartAsync(loader);
        Assert.Equal(HttpStatusCode.OK, (await LoadAsync(server, "times", good.Folder)).Status);
        var models = JsonNode.Parse(await server.Client.GetStringAsync("/v1/models"))!["data"]!.AsArray();
        Assert.Equal(
            [("tiny", "tiny", null), ("times", good.Folder, "tiny")],
            models.Select(one => ((string)one!["id"]!, (string)one["root"]!, (string?)one["parent"])));
        var card = JsonNode.Parse(await server.Client.GetStringAsync("/v1/models/times"))!;
        Assert.Equal(("times", "tiny"), ((string)card["id"]!, (string)card["parent"]!));
        var answer = await PostAsync(server, "/v1/completions", new { model = "times", prompt = "Hi" });
        Assert.Equal("times", (string)JsonNode.Parse(answer.Text)!["model"]!);
        await PostAsync(server, "/v1/chat/completions", new { model = "tiny", messages = new[] { new { role = "user", content = "Hi" } } });
        await PostAsync(server, "/v1/embeddings", new { model = "times", input = "Hi" });
        GenerationRequest[] requests = [.. server.Engine.Requests];
        Assert.All(requests, request => Assert.Equal("tiny", request.Model)); // what the engine calls it
        var adapter = Assert.Single(loader.Loaded);
        Assert.Equal(("times", good.Folder), (adapter.Name, adapter.Folder));
        Assert.Equal([adapter, null, adapter], requests.Select(request => request.Lora));
        Assert.Equal([adapter.Id, null, adapter.Id], requests.Select(request => request.CacheKeys.LoraId));
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(server, "/v1/unload_lora_adapter", new { lora_name = "times" })).Status);
        Assert.Equal([adapter.Id], loader.Unloaded);
        Assert.Equal(HttpStatusCode.NotFound, (await PostAsync(server, "/v1/completions", new { model = "times", prompt = "Hi" })).Status);
        await LoadAsync(server, "times", good.Folder);
        Assert.Equal(2, loader.Loaded.Select(one => one.Id).Distinct().Count()); // the same files, another load
    }

    [Fact]
    public async Task Loading_in_place_puts_the_old_one_out_when_the_new_one_is_there()
    {
        var loader = new FakeLoader();
        using var good = Good();
        await using var server = await StartAsync(loader);
        await LoadAsync(server, "times", good.Folder);
        Assert.Equal(HttpStatusCode.OK, (await LoadAsync(server, "times", good.Folder, replaces: true)).Status);
        Assert.Equal([loader.Loaded.First().Id], loader.Unloaded);
    }

    [Fact]
    public async Task Load_that_its_client_gave_up_is_taken_back()
    {
        var loader = new FakeLoader { IsSlow = true };
        using var good = Good();
        using var gone = new CancellationTokenSource();
        var shelf = new AdapterShelf(loader, "tiny", path => path, rankMax: 8, new FixedTime());
        var loading = shelf.LoadAsync("times", good.Folder, replaces: false, gone.Token);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => loading);
        Assert.Equal(loader.Loaded.Select(one => one.Id), loader.Unloaded);
        Assert.Empty(shelf.All);
    }

    [Fact]
    public async Task Refusals_have_vLLMs_status_and_a_reason()
    {
        var loader = new FakeLoader();
        using var good = Good();
        using var high = RandomAdapter.Write([("model.layers.0.self_attn.q_proj", 16, 16)], seed: 1, rank: 9);
        await using var server = await StartAsync(loader);
        await LoadAsync(server, "times", good.Folder);
        await AssertAsync(LoadAsync(server, "times", good.Folder), 400, "`times`, which is loaded already");
        await AssertAsync(LoadAsync(server, "tiny", good.Folder), 400, "`tiny`, which is loaded already");
        await AssertAsync(LoadAsync(server, "none", "/no/such/folder"), 404, "`/no/such/folder` is no folder");
        await AssertAsync(LoadAsync(server, "high", high.Folder), 400, "expected a rank of at most 8 (--max-lora-rank), came 9");
        await AssertAsync(LoadAsync(server, "", good.Folder), 400, "Expected `lora_name`");
        await AssertAsync(LoadAsync(server, new string('n', 257), good.Folder), 400, "at most 256 characters, got 257");
        await AssertAsync(PostAsync(server, "/v1/load_lora_adapter", new { lora_name = "x" }), 400, "Expected `lora_path`");
        await AssertAsync(PostAsync(server, "/v1/unload_lora_adapter", new { lora_name = "x" }), 404, "`x` does not exist");
        await AssertAsync(PostAsync(server, "/v1/unload_lora_adapter", new { }), 400, "Expected `lora_name`");
        loader.Refusal = new LoraLoadRefusal("rank 1: its shape", IsUnavailable: false);
        await AssertAsync(LoadAsync(server, "odd", good.Folder), 400, "rank 1: its shape");
        loader.Refusal = new LoraLoadRefusal("nobody serves", IsUnavailable: true);
        await AssertAsync(LoadAsync(server, "odd", good.Folder), 503, "nobody serves");
        Assert.Equal(HttpStatusCode.NotFound, (await PostAsync(server, "/v1/completions", new { model = "odd", prompt = "Hi" })).Status);

        static async Task AssertAsync(Task<(HttpStatusCode Status, string Text)> answer, int status, string part)
        {
            Assert.Equal(status, (int)(await answer).Status);
            Assert.Contains(part, (string)JsonNode.Parse((await answer).Text)!["error"]!["message"]!, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Endpoints_are_not_there_unless_the_server_allows_them()
    {
        using var good = Good();
        await using var server = await StartAsync(new FakeLoader(), updates: false);
        Assert.Equal(HttpStatusCode.NotFound, (await LoadAsync(server, "times", good.Folder)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await PostAsync(server, "/v1/unload_lora_adapter", new { lora_name = "times" })).Status);
    }

    [Fact]
    public async Task Metrics_say_which_adapters_run_and_wait()
    {
        await using var server = await StartAsync(new FakeLoader());
        server.Reports.Engine = server.Reports.Engine! with { RunningLoras = ["a", "b"], WaitingLoras = ["c"] };
        var metrics = Exposition.Read(await server.Client.GetStringAsync("/metrics"));
        Assert.Equal(
            new FixedTime().GetUtcNow().ToUnixTimeSeconds(),
            metrics["vllm:lora_requests_info", ("max_lora", "2"), ("running_lora_adapters", "a,b"), ("waiting_lora_adapters", "c")]);
    }

    private sealed class FakeLoader : ILoraLoader
    {
        public ConcurrentQueue<LoraAdapter> Loaded { get; } = new();

        public ConcurrentQueue<string> Unloaded { get; } = new();

        public LoraLoadRefusal? Refusal { get; set; }

        /// <summary>A load ends when it is cancelled.</summary>
        public bool IsSlow { get; init; }

        public async Task<LoraLoadRefusal?> LoadAsync(LoraAdapter adapter, CancellationToken cancellation)
        {
            if (Refusal is null)
                Loaded.Enqueue(adapter);
            if (IsSlow)
                await Task.Delay(Timeout.Infinite, cancellation);
            return Refusal;
        }

        public Task<bool> UnloadAsync(string loraId, CancellationToken cancellation)
        {
            Unloaded.Enqueue(loraId);
            return Task.FromResult(true);
        }
    }
}
