using System.Collections.Immutable;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Layers;
using Gaudi.Tests.Hpu.Execution;
using Gaudi.Tests.Hpu.GaudiPlugin;
using Gaudi.Tests.Hpu.Models.Families;
using Xunit;

namespace Gaudi.Tests.Cluster.EndToEnd.Families;

/// <summary>
/// A checkpoint served by a real node with a worker process for each of two ranks, against one rank in this process.
/// </summary>
internal static class FamilyServing
{
    private const int TokensMax = 12;

    /// <summary>Least distance of the two best logits, so that no rounding decides.</summary>
    private const float MarginMin = 0.05f;

    private const int SeedsMax = 40;

    private static readonly int[] Prompt = [.. Enumerable.Range(0, 20).Select(i => ((i * 31) + 7) % 101)];

    /// <summary>Greedy tokens of both are the same, and the named ops of the plugin were called on both ranks.</summary>
    /// <param name="write">Writes the checkpoint of a seed; gets a tokenizer.</param>
    /// <param name="vocabulary">Its tokens.</param>
    /// <param name="modules">Op modules that must have run, such as hpu_fused_moe.</param>
    internal static async Task AssertServesAsync(Func<int, RandomCheckpoint> write, int vocabulary, params string[] modules)
    {
        using var model = FirstClear(write, out var expected);
        TinyTokenizer.Write(model.Folder, vocabulary);
        await using var server = await ServerProcess.ServeAsync(
            model.Folder, "-tp", "2", "--served-model-name", "tiny", "--set", "gaudi.node.news-timeout-ms=60000");
        using var response = await server.Client.PostAsJsonAsync("/v1/completions", new
        {
            model = "tiny", prompt = Prompt, max_tokens = TokensMax, temperature = 0, ignore_eos = true, return_token_ids = true,
        });
        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.True(response.IsSuccessStatusCode, answer.ToJsonString());
        Assert.Equal(expected, answer["choices"]![0]!["token_ids"]!.AsArray().Select(id => (int)id!));
        var ops = JsonNode.Parse(await server.Client.GetStringAsync("/v1/ops"))!;
        foreach (var module in modules)
            AssertRan(ops, module);
    }

    /// <summary>The first seed whose answer no rounding decides, and that answer.</summary>
    private static RandomCheckpoint FirstClear(Func<int, RandomCheckpoint> write, out int[] answer)
    {
        for (var seed = 1; seed <= SeedsMax; seed++)
        {
            var model = write(seed);
            var (tokens, margin) = Alone(model.Folder, Prompt, []);
            if (margin >= MarginMin)
            {
                answer = tokens;
                return model;
            }
            model.Dispose();
        }
        throw new InvalidOperationException($"no seed up to {SeedsMax} has an answer whose two best logits differ by {MarginMin}");
    }

    /// <summary>An image in a chat: the tokens are those of one rank that is given the same pixels.</summary>
    /// <param name="folder">The checkpoint's; gets a tokenizer and a chat template.</param>
    /// <param name="dataUri">The image as a client sends it.</param>
    /// <param name="image">The same, its first position not told.</param>
    /// <param name="placeholder">The token that stands for a square of it.</param>
    /// <param name="modules">Op modules that must have run.</param>
    internal static async Task AssertSeesAsync(
        string folder, string dataUri, PromptImage image, int placeholder, params string[] modules)
    {
        TinyTokenizer.WriteForImages(folder);
        await using var server = await ServerProcess.ServeAsync(
            folder, "-tp", "2", "--served-model-name", "tiny", "--set", "gaudi.node.news-timeout-ms=60000");
        using var response = await server.Client.PostAsJsonAsync("/v1/chat/completions", new
        {
            model = "tiny", max_tokens = TokensMax, temperature = 0, ignore_eos = true, return_token_ids = true,
            messages = new[]
            {
                new
                {
                    role = "user",
                    content = new object[]
                    {
                        new { type = "text", text = "What is this: " },
                        new { type = "image_url", image_url = new { url = dataUri } },
                        new { type = "text", text = " then?" },
                    },
                },
            },
        });
        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.True(response.IsSuccessStatusCode, answer.ToJsonString());
        int[] prompt = [.. answer["prompt_token_ids"]!.AsArray().Select(id => (int)id!)];
        Assert.Equal(image.TokenCount, prompt.Count(id => id == placeholder));
        var (expected, margin) = Alone(folder, prompt, [image with { FirstPosition = Array.IndexOf(prompt, placeholder) }]);
        Assert.True(margin >= MarginMin, $"the two best logits differ by {margin}; use another seed");
        Assert.Equal(expected, answer["choices"]![0]!["token_ids"]!.AsArray().Select(id => (int)id!));
        var ops = JsonNode.Parse(await server.Client.GetStringAsync("/v1/ops"))!;
        foreach (var module in modules)
            AssertRan(ops, module);
        using var fetched = await server.Client.PostAsJsonAsync("/v1/chat/completions", new
        {
            messages = new[]
            {
                new { role = "user", content = new[] { new { type = "image_url", image_url = new { url = "http://127.0.0.1/x.png" } } } },
            },
        });
        Assert.Equal(System.Net.HttpStatusCode.BadRequest, fetched.StatusCode);
        Assert.Contains("fetches no images", await fetched.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    // The greedy answer, and the least distance of the two best logits on the way.
    private static (int[] Tokens, float Margin) Alone(string folder, int[] prompt, ImmutableArray<PromptImage> images) =>
        Runners.Run(Runners.Settings(folder), worldSize: 1, runner =>
        {
            var script = new Script(1, prompt, [.. Enumerable.Range(0, 8)], Script.Greedy);
            var margin = float.PositiveInfinity;
            for (var number = 1L; script.Tokens.Count < prompt.Length + TokensMax; number++)
            {
                var step = script.Next() with { Images = images };
                var output = runner.Run(new StepPlan(number, [step]));
                var best = output.Tokens.Single().Alternatives;
                margin = Math.Min(margin, best[0].Logprob - best[1].Logprob);
                script.Apply(step, output);
            }
            return (script.Tokens.Skip(prompt.Length).ToArray(), margin);
        }, PluginOps.Table)[0];

    /// <summary>An op of the module ran, and the plugin gave it.</summary>
    /// <param name="ops">The answer of /v1/ops.</param>
    /// <param name="module">Such as hpu_fused_moe.</param>
    internal static void AssertRan(JsonNode ops, string module)
    {
        var rows = ops.AsObject().Count == 0 ? [] : Rows(ops).Where(row => (string?)row["module"] == module).ToImmutableArray();
        Assert.True(
            rows.Any(row => (long)row["calls"]! > 0 && (string?)row["provider"] == "hpu_custom_ops"),
            $"no op of {module} ran: {ops.ToJsonString()}");
    }

    private static IEnumerable<JsonNode> Rows(JsonNode node) => node switch
    {
        JsonObject row when row.ContainsKey("calls") => [row],
        JsonObject all => all.Select(field => field.Value).OfType<JsonNode>().SelectMany(Rows),
        JsonArray list => list.OfType<JsonNode>().SelectMany(Rows),
        _ => [],
    };
}
