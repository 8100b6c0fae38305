using System.Text;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.Requests;
using Gaudi.Cluster.Http.Metrics;
using Xunit;

namespace Gaudi.Tests.Cluster.Http;

/// <summary>/metrics: vLLM's names with their types, read by a parser that shares nothing with the writer.</summary>
public sealed class MetricsTests
{
    private static readonly (string, string) Model = ("model_name", "tiny");

    // Names: reference 5.6. Those of caches and media that are not here are zero, so that boards show no gap.
    private static readonly string[] Counters =
    [
        "prefix_cache_queries", "prefix_cache_hits", "external_prefix_cache_queries", "external_prefix_cache_hits", "mm_cache_queries",
        "mm_cache_hits", "num_preemptions", "prompt_tokens", "prompt_tokens_cached", "prompt_tokens_by_source", "generation_tokens",
        "request_success", "corrupted_requests", "spec_decode_num_drafts", "spec_decode_num_draft_tokens",
        "spec_decode_num_accepted_tokens", "spec_decode_num_accepted_tokens_per_pos", "admission_rejections",
    ];

    private static readonly string[] Histograms =
    [
        "time_to_first_token_seconds", "inter_token_latency_seconds", "time_per_output_token_seconds",
        "request_time_per_output_token_seconds", "e2e_request_latency_seconds", "request_queue_time_seconds",
        "request_inference_time_seconds", "request_prefill_time_seconds", "request_decode_time_seconds", "request_prompt_tokens",
        "request_generation_tokens", "request_max_num_generation_tokens", "request_params_n", "request_params_max_tokens",
        "request_prefill_kv_computed_tokens", "request_num_preemptions", "iteration_tokens_total",
    ];

    private static readonly string[] Gauges =
    [
        "num_requests_running", "num_requests_waiting", "num_requests_waiting_by_reason", "kv_cache_usage_perc", "engine_sleep_state",
        "lora_requests_info", "cache_config_info",
    ];

    private static async Task<Exposition> ReadAsync(ServerUnderTest server) =>
        Exposition.Read(await server.Client.GetStringAsync("/metrics"));

    [Fact]
    public async Task Families_have_the_names_and_types_of_vLLMs()
    {
        await using var server = await ServerUnderTest.StartAsync();
        using var first = await server.Client.GetAsync("/metrics");
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", first.Content.Headers.ContentType?.ToString());
        var metrics = await ReadAsync(server);
        Assert.All(Counters, name => Assert.Equal("counter", metrics.Families[$"vllm:{name}_total"].Type));
        Assert.All(Histograms, name => Assert.Equal("histogram", metrics.Families[$"vllm:{name}"].Type));
        Assert.All(Gauges, name => Assert.Equal("gauge", metrics.Families[$"vllm:{name}"].Type));
        Assert.All(
            metrics.Samples.Where(one => one.Name.StartsWith("vllm:", StringComparison.Ordinal)),
            one => Assert.Equal("0", one.Labels["engine"]));
    }

    [Fact]
    public async Task Engines_counts_are_told_as_they_are()
    {
        await using var server = await ServerUnderTest.StartAsync();
        server.Reports.Engine = server.Reports.Engine! with
        {
            BlockSizeTokens = 128, Dtype = "float32", MemoryUtilization = 0.9,
            Counters = server.Reports.Engine!.Counters with
            {
                CachedPromptTokenCount = 24, StepTokenCount = 40, StepsByTokens = [1, 2, .. new long[12]],
                EndedPreemptionCount = 13, EndedByPreemptions = [5, 1, 0, 0, 0, 1, 0, 0],
            },
        };
        var metrics = await ReadAsync(server);
        Assert.Equal(2, metrics["vllm:num_requests_running", Model]);
        Assert.Equal(3, metrics["vllm:num_requests_waiting", Model]);
        Assert.Equal(3, metrics["vllm:num_requests_waiting_by_reason", ("reason", "capacity")]);
        Assert.Equal(0.25, metrics["vllm:kv_cache_usage_perc", Model]);
        Assert.Equal(1L << 40, metrics["vllm:prompt_tokens_total", Model]);
        Assert.Equal(24, metrics["vllm:prompt_tokens_by_source_total", ("source", "local_cache_hit")]);
        Assert.Equal((1L << 40) - 24, metrics["vllm:prompt_tokens_by_source_total", ("source", "local_compute")]);
        Assert.Equal(7, metrics["vllm:generation_tokens_total", Model]);
        Assert.Equal(4, metrics["vllm:spec_decode_num_accepted_tokens_per_pos_total", ("position", "1")]);
        Assert.Equal(1, metrics["vllm:cache_config_info", ("block_size", "128"), ("num_gpu_blocks", "20")]);
        Assert.Equal((1, 3, 3, 40), (
            metrics["vllm:iteration_tokens_total_bucket", ("le", "1")], metrics["vllm:iteration_tokens_total_bucket", ("le", "8")],
            metrics["vllm:iteration_tokens_total_count"], metrics["vllm:iteration_tokens_total_sum"]));
        Assert.Equal((5, 6, 6, 7, 7, 7, 13), (
            metrics["vllm:request_num_preemptions_bucket", ("le", "1")], metrics["vllm:request_num_preemptions_bucket", ("le", "2")],
            metrics["vllm:request_num_preemptions_bucket", ("le", "5")], metrics["vllm:request_num_preemptions_bucket", ("le", "10")],
            metrics["vllm:request_num_preemptions_bucket", ("le", "+Inf")], metrics["vllm:request_num_preemptions_count"],
            metrics["vllm:request_num_preemptions_sum"]));
        Assert.Equal([1, 0, 0], new[] { "awake", "weights_offloaded", "discard_all" }.Select(
            state => metrics["vllm:engine_sleep_state", ("sleep_state", state)]));
        Assert.Equal(0, metrics["vllm:lora_requests_info", ("max_lora", "0"), ("running_lora_adapters", "")]);
        Assert.Equal(15, metrics["gaudi:collectives_total", ("rank", "1")]);
    }

    [Fact]
    public async Task Blocks_of_other_servers_are_counted_where_there_is_a_connector()
    {
        await using var server = await ServerUnderTest.StartAsync();
        Assert.DoesNotContain("gaudi:kv_prompts_held", (await ReadAsync(server)).Families.Keys);
        var engine = server.Reports.Engine!;
        server.Reports.Engine = engine with
        {
            Transfers = TransferCounters.Zero, HeldCount = 4, DeferredCount = 1,
            Counters = engine.Counters with { ExternalTokenCount = 20, ExternalQueriedTokenCount = 30, CachedPromptTokenCount = 24 },
        };
        var metrics = await ReadAsync(server);
        Assert.Equal((2, 1), (
            metrics["vllm:num_requests_waiting_by_reason", ("reason", "capacity")],
            metrics["vllm:num_requests_waiting_by_reason", ("reason", "deferred")]));
        Assert.Equal((30, 20), (
            metrics["vllm:external_prefix_cache_queries_total", Model], metrics["vllm:external_prefix_cache_hits_total", Model]));
        Assert.Equal((4, 1), (metrics["gaudi:kv_prompts_held", Model], metrics["gaudi:kv_prompts_loading", Model]));
    }

    [Fact]
    public async Task Requests_are_counted_by_their_endings_and_their_tokens()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await server.CompleteAsync("\"prompt\":[97,98],\"max_tokens\":3");
        await server.CompleteAsync("\"prompt\":[97],\"max_tokens\":50,\"n\":2,\"temperature\":1");
        await server.CompleteAsync("\"prompt\":[97],\"max_tokens\":50,\"stop\":\"ell\",\"stream\":true");
        server.Engine.Instead = (_, _) => new GenerationEvent.Refused(RefusalKind.QueueFull, "full", 1);
        using (await server.PostAsync("/v1/completions", """{"prompt":"a"}"""))
        {
        }
        server.Engine.Instead = (_, _) => new GenerationEvent.Refused(RefusalKind.Failed, "broken", null);
        using (await server.PostAsync("/v1/completions", """{"prompt":"a"}"""))
        {
        }
        var metrics = await ReadAsync(server);
        Assert.Equal(
            [3, 1, 0, 1, 0],
            new[] { "stop", "length", "abort", "error", "repetition" }.Select(
                reason => metrics["vllm:request_success_total", ("finished_reason", reason)]));
        Assert.Equal(1, metrics["vllm:admission_rejections_total"]);
        // hel; twice hello and the end; hell.
        Assert.Equal((4, 3 + 6 + 6 + 4), (
            metrics["vllm:request_generation_tokens_count"], metrics["vllm:request_generation_tokens_sum"]));
        Assert.Equal((4, 2 + 1 + 1 + 1), (metrics["vllm:request_prompt_tokens_count"], metrics["vllm:request_prompt_tokens_sum"]));
        Assert.Equal(4, metrics["vllm:time_to_first_token_seconds_count"]);
        Assert.Equal(2 + 5 + 5 + 3, metrics["vllm:inter_token_latency_seconds_count"]);
        Assert.Equal(4, metrics["vllm:e2e_request_latency_seconds_count"]);
        Assert.Equal((5, 6), (metrics["vllm:request_params_n_count"], metrics["vllm:request_params_n_sum"]));
        Assert.Equal((3, 3 + 6 + 4), (
            metrics["vllm:request_max_num_generation_tokens_count"], metrics["vllm:request_max_num_generation_tokens_sum"]));
        Assert.Equal(3, metrics["http_requests_total", ("handler", "/v1/completions"), ("method", "POST"), ("status", "2xx")]);
        Assert.Equal(1, metrics["http_requests_total", ("handler", "/v1/completions"), ("method", "POST"), ("status", "4xx")]);
        Assert.Equal(5, metrics["http_request_duration_seconds_count", ("handler", "/v1/completions")]);
    }

    [Fact]
    public async Task Request_that_finds_no_room_is_one_rejection_however_many_choices_it_has()
    {
        await using var server = await ServerUnderTest.StartAsync();
        server.Engine.Instead = (_, _) => new GenerationEvent.Refused(RefusalKind.QueueFull, "full", 1);
        foreach (var body in new[]
                 {
                     """{"prompt":["a","b"],"n":3,"temperature":1}""", """{"prompt":"a","n":4,"temperature":1,"stream":true}""",
                 })
        {
            using var response = await server.PostAsync("/v1/completions", body);
            Assert.Equal(429, (int)response.StatusCode);
        }
        Assert.Equal(2, (await ReadAsync(server))["vllm:admission_rejections_total"]);
        using var embedded = await server.PostAsync("/v1/embeddings", """{"input":["a","b","c"]}""");
        Assert.Equal(429, (int)embedded.StatusCode);
        Assert.Equal(3, (await ReadAsync(server))["vllm:admission_rejections_total"]);
    }

    [Fact]
    public async Task Choices_of_a_request_are_one_group_and_a_single_one_has_none()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await server.CompleteAsync("\"prompt\":\"a\"");
        Assert.Null(server.Engine.Single.Group);
        await server.CompleteAsync("\"prompt\":[\"a\",\"b\"],\"n\":3,\"temperature\":1");
        await server.ChatAsync("\"n\":2,\"temperature\":1");
        var groups = server.Engine.Requests.Skip(1).Select(request => request.Group).ToList();
        Assert.Equal([6, 6, 6, 6, 6, 6, 2, 2], groups.Select(group => group?.Size));
        Assert.Equal(2, groups.Select(group => group?.Id).Distinct().Count());
        Assert.Equal(groups[0], groups[5]);
    }

    [Fact]
    public async Task Paths_that_clients_make_up_are_one_handler()
    {
        await using var server = await ServerUnderTest.StartAsync();
        foreach (var path in new[] { "/a", "/b", "/c\"{}" })
        {
            using var response = await server.Client.GetAsync(path);
        }
        Assert.Equal(3, (await ReadAsync(server))["http_requests_total", ("handler", "none"), ("status", "4xx")]);
    }

    [Fact]
    public async Task Silent_engine_and_an_empty_one_are_no_error()
    {
        await using var server = await ServerUnderTest.StartAsync();
        server.Reports.Engine = server.Reports.Engine! with { BlocksUsed = 0, BlockCount = 0 };
        Assert.Equal(0, (await ReadAsync(server))["vllm:kv_cache_usage_perc"]);
        server.Reports.Engine = null;
        var metrics = await ReadAsync(server);
        Assert.False(metrics.Families.ContainsKey("vllm:num_requests_running"));
        Assert.True(metrics.Families.ContainsKey("vllm:request_success_total"));
    }

    [Fact]
    public void What_is_written_is_read_as_it_was()
    {
        var random = new Random(3);
        string[] pieces = ["a", "\\", "\"", "\n", "é", "{", "}", ",", "=", " ", "😀", "\\n", "#"];
        for (var round = 0; round < 500; round++)
        {
            var (label, help) = (Words(), Words());
            var histogram = new Histogram(0.5, 1, 2.5);
            var values = Enumerable.Range(0, random.Next(20)).Select(_ => Math.Round(random.NextDouble() * 4, 3)).ToArray();
            foreach (var value in values)
                histogram.Observe(value);
            var text = new MetricsText().Gauge("g", help).Sample(-1.5, ("x", label), ("y", "z"))
                .Counter("none_total", "no sample, no family").Histogram("h:a", help).Sample(histogram.Values, ("x", label));
            var read = Exposition.Read(Encoding.UTF8.GetString(text.ToBytes()));
            Assert.Equal(("gauge", help), read.Families["g"]);
            Assert.Equal(-1.5, read["g", ("x", label), ("y", "z")]);
            Assert.Equal(values.Count(value => value <= 1), read["h:a_bucket", ("x", label), ("le", "1")]);
            Assert.Equal(values.Length, read["h:a_count", ("x", label)]);
            Assert.Equal(values.Sum(), read["h:a_sum", ("x", label)], 1e-9);
        }

        string Words() => string.Concat(Enumerable.Range(0, random.Next(1, 8)).Select(_ => pieces[random.Next(pieces.Length)]));
    }

    [Fact]
    public void Token_ranges_end_with_the_longest_sequence() =>
        Assert.Equal([1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000], MetricBounds.Tokens(2048));
}
