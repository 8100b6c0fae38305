using System.Collections.Immutable;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Gaudi.Hpu.Execution;
using Gaudi.Tests.Hpu.Execution;
using Gaudi.Tests.Hpu.GaudiPlugin;
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

    private static readonly int[] Prompt = [.. Enumerable.Range(0, 20).Select(i => ((i * 31) + 7) % 101)];

    /// <summary>Greedy tokens of both are the same, and the named ops of the plugin were called on both ranks.</summary>
    /// <param name="folder">The checkpoint's; gets a tokenizer.</param>
    /// <param name="vocabulary">Its tokens.</param>
    /// <param name="modules">Op modules that must have run, such as hpu_fused_moe.</param>
    internal static async Task AssertServesAsync(string folder, int vocabulary, params string[] modules)
    {
        var expected = Alone(folder);
        TinyTokenizer.Write(folder, vocabulary);
        await using var server = await ServerProcess.ServeAsync(
            folder, "-tp", "2", "--served-model-name", "tiny", "--set", "gaudi.node.news-timeout-ms=60000");
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

    private static int[] Alone(string folder) => Runners.Run(Runners.Settings(folder), worldSize: 1, runner =>
    {
        var script = new Script(1, Prompt, [.. Enumerable.Range(0, 4)], Script.Greedy);
        for (var number = 1L; script.Tokens.Count < Prompt.Length + TokensMax; number++)
        {
            var step = script.Next();
            var output = runner.Run(new StepPlan(number, [step]));
            var best = output.Tokens.Single().Alternatives;
            Assert.True(
                best[0].Logprob - best[1].Logprob >= MarginMin,
                $"step {number}: the two best logits differ by {best[0].Logprob - best[1].Logprob}; use another seed");
            script.Apply(step, output);
        }
        return script.Tokens.Skip(Prompt.Length).ToArray();
    }, PluginOps.Table)[0];

    private static void AssertRan(JsonNode ops, string module)
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
