using System.Collections.Immutable;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Gaudi.Hpu.Models;
using Gaudi.Tests.Cluster.EndToEnd.Families;
using Gaudi.Tests.Demo;
using Gaudi.Tests.Hpu.Models.Lora;
using Gaudi.Tests.Training.Exams;
using Xunit;
using Xunit.Abstractions;

namespace Gaudi.Tests.Cluster.EndToEnd;

/// <summary>
/// Adapters over two worker processes: each changes its own requests of a mixed batch alone, and a new rank has those that were
/// loaded while the server ran.
/// </summary>
[Collection(ProcessTests.Name)]
public sealed class AdapterServingTests(TwoCardServer without, ITestOutputHelper output) : IClassFixture<TwoCardServer>
{
    private const string Base = "gaudi-demo";
    private const int ProductCount = 72;

    private static readonly ImmutableArray<string> Questions =
        ["What is 17 + 25?", "What is 93 - 48?", "Turn the word gaudi around.", "Who are you?", "What is 8 + 90?"];

    [Fact]
    public async Task Adapters_change_their_own_requests_alone_and_come_back_with_a_new_rank()
    {
        using var random = Random(1);
        using var other = RandomAdapter.Write([("model.layers.0.self_attn.q_proj", 64, 64)], seed: 3);
        await using var server = await ServerProcess.StartAsync(
            ImmutableDictionary<string, string>.Empty.Add("VLLM_ALLOW_RUNTIME_LORA_UPDATING", "1"),
            [
                "serve", Base, "-tp", "2", "--port", "0", "--enable-lora", "--max-loras", "2", "--max-lora-rank", "8",
                "--lora-modules", "times=gaudi-demo-times", "--set", "gaudi.node.news-timeout-ms=60000",
            ]);
        var expected = await AskAllAsync(without.Server, Base);
        var times = await AskAllAsync(server, "times");
        Assert.NotEqual(expected, times);
        await AssertLoadAsync(server, "random", random.Folder, HttpStatusCode.OK);
        await AssertLoadAsync(server, "other", other.Folder, HttpStatusCode.BadRequest);
        var products = CountProductsAsync(server, "times");
        var mixed = await Task.WhenAll(AskAllAsync(server, Base), AskAllAsync(server, "times"), AskAllAsync(server, "random"));
        output.WriteLine($"{await products} of {ProductCount} products right with the adapter, in company");
        Assert.InRange(await products, 0.9 * ProductCount, ProductCount);
        Assert.InRange(await CountProductsAsync(server, Base), 0, 0.1 * ProductCount); // what it says by chance
        Assert.Equal(expected, mixed[0]);
        Assert.Equal(times, mixed[1]);
        Assert.NotEqual(expected, mixed[2]);
        FamilyServing.AssertRan(JsonNode.Parse(await server.Client.GetStringAsync("/v1/ops"))!, "hpu_lora");

        var servesAgain = server.Error.WaitFor(line => line.Contains(" serves, epoch ", StringComparison.Ordinal));
        Signals.Send(server.Workers[1], Signals.Kill);
        await servesAgain.WaitAsync(ServerProcess.Patience);
        Assert.Equal(mixed, await Task.WhenAll(AskAllAsync(server, Base), AskAllAsync(server, "times"), AskAllAsync(server, "random")));
        using var unloaded = await server.Client.PostAsJsonAsync("/v1/unload_lora_adapter", new { lora_name = "times" });
        Assert.Equal(HttpStatusCode.OK, unloaded.StatusCode);
        var models = JsonNode.Parse(await server.Client.GetStringAsync("/v1/models"))!["data"]!.AsArray();
        Assert.Equal([Base, "random"], models.Select(one => (string)one!["id"]!));
    }

    // Every sixth of the tables' questions, which no lesson has in these words, some at a time.
    private static async Task<int> CountProductsAsync(ServerProcess server, string model)
    {
        var right = 0;
        await Parallel.ForEachAsync(
            Exam.Products().Where((_, index) => index % 6 == 0).Take(ProductCount), new ParallelOptions { MaxDegreeOfParallelism = 12 },
            async (product, _) =>
            {
                var choice = JsonNode.Parse(await AskAsync(server, model, product.Question))!;
                if (product.IsRight((string)choice["message"]!["content"]!))
                    Interlocked.Increment(ref right);
            });
        return right;
    }

    private static RandomAdapter Random(int seed)
    {
        var config = ModelConfig.Read(DemoModel.Folder(Base));
        var (hidden, ffn) = (config.HiddenSize, config.IntermediateSize);
        return RandomAdapter.Write(
            Enumerable.Range(0, config.LayerCount).SelectMany(layer => new[]
            {
                ($"model.layers.{layer}.self_attn.o_proj", hidden, hidden), ($"model.layers.{layer}.mlp.gate_proj", ffn, hidden),
                ($"model.layers.{layer}.mlp.down_proj", hidden, ffn),
            }).Append(("lm_head", config.VocabularySize, hidden)), seed);
    }

    private static async Task AssertLoadAsync(ServerProcess server, string name, string folder, HttpStatusCode status)
    {
        using var answer = await server.Client.PostAsJsonAsync("/v1/load_lora_adapter", new { lora_name = name, lora_path = folder });
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(status == answer.StatusCode, body);
        if (status == HttpStatusCode.BadRequest)
            Assert.Contains("q_proj.lora_A.weight: expected [4, 256], came [4, 64]", body, StringComparison.Ordinal);
    }

    // Tokens and the scores of the likeliest at each place, of all questions at once.
    private static Task<string[]> AskAllAsync(ServerProcess server, string model) =>
        Task.WhenAll(Questions.Select(question => AskAsync(server, model, question)));

    private static async Task<string> AskAsync(ServerProcess server, string model, string question)
    {
        using var response = await server.Client.PostAsJsonAsync("/v1/chat/completions", new
        {
            model, messages = new[] { new { role = "user", content = question } }, temperature = 0, max_tokens = 24, logprobs = true,
            top_logprobs = 5, return_token_ids = true,
        });
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, body);
        return JsonNode.Parse(body)!["choices"]![0]!.ToJsonString();
    }
}
