using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace Gaudi.Tests.Cluster.EndToEnd;

/// <summary>
/// 64 requests, greedy, seeded and with every processor, answer bit for bit alike alone, batched, chunked, preempted, from
/// cached prefixes, speculated, on one card and on two.
/// </summary>
[Collection(ProcessTests.Name)]
public sealed class CompanyTests(CompanyTruth truth) : IClassFixture<CompanyTruth>
{
    private const string Draft = """{"model": "gaudi-demo-draft", "num_speculative_tokens": 4}""";
    private const string Ngram = """{"method": "ngram", "num_speculative_tokens": 4, "prompt_lookup_max": 3, "prompt_lookup_min": 1}""";

    [Theory]
    [InlineData("1")]
    [InlineData("2")]
    public async Task Batched_and_from_cached_prefixes(string tensorParallelSize)
    {
        await using var server = await ServerProcess.ServeAsync("gaudi-demo", "-tp", tensorParallelSize, "--block-size", "16");
        await truth.AssertSameAsync(server);
        var before = await Metrics.ReadAsync(server);
        await truth.AssertSameAsync(server);
        var after = await Metrics.ReadAsync(server);
        Assert.True(after["vllm:prefix_cache_hits_total"] > before["vllm:prefix_cache_hits_total"] + 1000, "too few prefixes were found");
        CompanyTruth.AssertIdle(after);
    }

    [Fact]
    public async Task Chunked_and_preempted()
    {
        await using var server = await ServerProcess.ServeAsync(
            "gaudi-demo", "-tp", "2", "--block-size", "8", "--max-model-len", "512", "--num-gpu-blocks-override", "70",
            "--max-num-batched-tokens", "48", "--max-num-seqs", "24", "--long-prefill-token-threshold", "20",
            "--no-enable-prefix-caching");
        await truth.AssertSameAsync(server);
        var metrics = await Metrics.ReadAsync(server);
        Assert.True(metrics["vllm:num_preemptions_total"] > 5, $"{metrics["vllm:num_preemptions_total"]} preemptions");
        Assert.Equal(0, metrics["vllm:prefix_cache_hits_total"]);
        CompanyTruth.AssertIdle(metrics);
    }

    [Theory]
    [InlineData(Draft, "1")]
    [InlineData(Draft, "2")]
    [InlineData(Ngram, "2")]
    public async Task Speculated(string speculation, string tensorParallelSize)
    {
        await using var server = await ServerProcess.ServeAsync(
            "gaudi-demo", "-tp", tensorParallelSize, "--block-size", "16", "--speculative-config", speculation);
        await truth.AssertSameAsync(server);
        var metrics = await Metrics.ReadAsync(server);
        Assert.True(metrics["vllm:spec_decode_num_accepted_tokens_total"] > 50, "too few drafts stood");
        Assert.True(
            metrics["vllm:spec_decode_num_draft_tokens_total"] > metrics["vllm:spec_decode_num_accepted_tokens_total"],
            "no draft was wrong, so nothing was put right");
        CompanyTruth.AssertIdle(metrics);
    }
}
