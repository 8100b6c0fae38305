using Gaudi.Cluster.Http;
using Xunit;

namespace Gaudi.Tests.Cluster.Http;

public sealed class MetricsTests
{
    // Names and labels: reference 5.6.
    [Fact]
    public async Task Metrics_are_exactly_this_text()
    {
        await using var server = await ServerUnderTest.StartAsync();
        using var response = await server.Client.GetAsync("/metrics");
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        const string Labels = "model_name=\"tiny\",engine=\"0\"";
        Assert.Equal(
            $$"""
            # HELP vllm:num_requests_running Choices that take part in steps.
            # TYPE vllm:num_requests_running gauge
            vllm:num_requests_running{{{Labels}}} 2
            # HELP vllm:num_requests_waiting Choices in the queue.
            # TYPE vllm:num_requests_waiting gauge
            vllm:num_requests_waiting{{{Labels}}} 3
            # HELP vllm:kv_cache_usage_perc Part of the KV blocks that is in use, 0 to 1.
            # TYPE vllm:kv_cache_usage_perc gauge
            vllm:kv_cache_usage_perc{{{Labels}}} 0.25
            # HELP vllm:prefix_cache_queries_total Tokens looked up in the prefix cache.
            # TYPE vllm:prefix_cache_queries_total counter
            vllm:prefix_cache_queries_total{{{Labels}}} 8
            # HELP vllm:prefix_cache_hits_total Tokens found in the prefix cache.
            # TYPE vllm:prefix_cache_hits_total counter
            vllm:prefix_cache_hits_total{{{Labels}}} 9
            # HELP vllm:num_preemptions_total Choices put back to wait, their blocks taken.
            # TYPE vllm:num_preemptions_total counter
            vllm:num_preemptions_total{{{Labels}}} 10
            # HELP vllm:prompt_tokens_total Prompt tokens of admitted choices.
            # TYPE vllm:prompt_tokens_total counter
            vllm:prompt_tokens_total{{{Labels}}} 1099511627776
            # HELP vllm:generation_tokens_total Tokens generated.
            # TYPE vllm:generation_tokens_total counter
            vllm:generation_tokens_total{{{Labels}}} 7
            # HELP vllm:spec_decode_num_drafts_total Drafts verified.
            # TYPE vllm:spec_decode_num_drafts_total counter
            vllm:spec_decode_num_drafts_total{{{Labels}}} 11
            # HELP vllm:spec_decode_num_draft_tokens_total Draft tokens verified.
            # TYPE vllm:spec_decode_num_draft_tokens_total counter
            vllm:spec_decode_num_draft_tokens_total{{{Labels}}} 12
            # HELP vllm:spec_decode_num_accepted_tokens_total Draft tokens kept.
            # TYPE vllm:spec_decode_num_accepted_tokens_total counter
            vllm:spec_decode_num_accepted_tokens_total{{{Labels}}} 13
            # HELP vllm:spec_decode_num_accepted_tokens_per_pos_total Draft tokens kept, by their place in the draft.
            # TYPE vllm:spec_decode_num_accepted_tokens_per_pos_total counter
            vllm:spec_decode_num_accepted_tokens_per_pos_total{{{Labels}},position="0"} 6
            vllm:spec_decode_num_accepted_tokens_per_pos_total{{{Labels}},position="1"} 4
            # HELP gaudi:collectives_total Collective calls a rank completed in its group's epoch.
            # TYPE gaudi:collectives_total counter
            gaudi:collectives_total{rank="0"} 14
            gaudi:collectives_total{rank="1"} 15

            """,
            await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Silent_engine_and_an_empty_one_are_no_error()
    {
        await using var server = await ServerUnderTest.StartAsync();
        var engine = server.Reports.Engine!;
        server.Reports.Engine = engine with { BlocksUsed = 0, BlockCount = 0 };
        Assert.Contains(
            "vllm:kv_cache_usage_perc{model_name=\"tiny\",engine=\"0\"} 0\n", await server.Client.GetStringAsync("/metrics"),
            StringComparison.Ordinal);
        server.Reports.Engine = null;
        Assert.Equal("", await server.Client.GetStringAsync("/metrics"));
    }

    [Fact]
    public void Label_may_hold_any_text() => Assert.Equal(
        "# HELP a b\n# TYPE a gauge\na{x=\"1\\\"2\\\\3\\n4é\"} 1.5\n"u8.ToArray(),
        new MetricsText().Gauge("a", "b").Sample(1.5, ("x", "1\"2\\3\n4é")).ToBytes());
}
