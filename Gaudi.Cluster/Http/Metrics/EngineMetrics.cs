using System.Globalization;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.Protocols.Reports;

namespace Gaudi.Cluster.Http.Metrics;

/// <summary>The engine's counts under vLLM's names, which routers and dashboards know, and ours under `gaudi:`.</summary>
internal static class EngineMetrics
{
    /// <summary>Writes every family of the engine.</summary>
    /// <param name="text">Where to.</param>
    /// <param name="modelName">What clients name in `model`.</param>
    /// <param name="settings">Whether the engine keeps full blocks, and adapters.</param>
    /// <param name="engine">What the engine says.</param>
    /// <param name="now">When it said so.</param>
    public static void Write(MetricsText text, string modelName, HttpServerSettings settings, EngineReport engine, DateTimeOffset now)
    {
        (string, string) model = ("model_name", modelName);
        (string, string) index = ("engine", "0");
        var counters = engine.Counters;
        text.Gauge("vllm:num_requests_running", "Choices that take part in steps.").Sample(engine.RunningCount, model, index);
        text.Gauge("vllm:num_requests_waiting", "Choices in the queue.").Sample(engine.WaitingCount, model, index);
        text.Gauge("vllm:num_requests_waiting_by_reason", "Choices in the queue, by what they wait for.")
            .Sample(engine.WaitingCount, model, index, ("reason", "capacity")).Sample(0, model, index, ("reason", "deferred"));
        text.Gauge("vllm:kv_cache_usage_perc", "Part of the KV blocks that is in use, 0 to 1.")
            .Sample(engine.BlockCount == 0 ? 0 : (double)engine.BlocksUsed / engine.BlockCount, model, index);
        text.Gauge("vllm:engine_sleep_state", "1 for the state the engine is in: it is always awake.")
            .Sample(1, model, index, ("sleep_state", "awake")).Sample(0, model, index, ("sleep_state", "weights_offloaded"))
            .Sample(0, model, index, ("sleep_state", "discard_all"));
        text.Gauge("vllm:lora_requests_info", "When was asked which adapters run and wait, in seconds since 1970; 0 where none are served.")
            .Sample(
                settings.LorasMax is null ? 0 : now.ToUnixTimeMilliseconds() / 1000.0, model, index,
                ("max_lora", Number(settings.LorasMax ?? 0)), ("running_lora_adapters", string.Join(',', engine.RunningLoras)),
                ("waiting_lora_adapters", string.Join(',', engine.WaitingLoras)));
        text.Gauge("vllm:cache_config_info", "How the KV cache is made.").Sample(
            1, index, ("block_size", Number(engine.BlockSizeTokens)), ("cache_dtype", engine.Dtype),
            ("enable_prefix_caching", settings.CachesPrefixes ? "True" : "False"),
            ("gpu_memory_utilization", engine.MemoryUtilization.ToString("R", CultureInfo.InvariantCulture)),
            ("num_gpu_blocks", Number(engine.BlockCount)));
        Count("vllm:prefix_cache_queries_total", "Tokens looked up in the prefix cache.", counters.CacheQueriedTokenCount);
        Count("vllm:prefix_cache_hits_total", "Tokens found in the prefix cache.", counters.CacheHitTokenCount);
        Count("vllm:external_prefix_cache_queries_total", "Tokens looked up in a cache outside: there is none.", 0);
        Count("vllm:external_prefix_cache_hits_total", "Tokens found in a cache outside: there is none.", 0);
        Count("vllm:mm_cache_queries_total", "Items of other media looked up in a cache: there is none.", 0);
        Count("vllm:mm_cache_hits_total", "Items of other media found in a cache: there is none.", 0);
        Count("vllm:num_preemptions_total", "Choices put back to wait, their blocks taken.", counters.PreemptionCount);
        text.Histogram("vllm:request_num_preemptions", "How often an ended choice was put back to wait.")
            .Sample(Preemptions(counters), model, index);
        Count("vllm:prompt_tokens_total", "Prompt tokens of admitted choices.", counters.PromptTokenCount);
        Count("vllm:prompt_tokens_cached_total", "Of these, found in the prefix cache.", counters.CachedPromptTokenCount);
        text.Counter("vllm:prompt_tokens_by_source_total", "Prompt tokens of admitted choices, by where they came from.")
            .Sample(counters.PromptTokenCount - counters.CachedPromptTokenCount, model, index, ("source", "local_compute"))
            .Sample(counters.CachedPromptTokenCount - counters.ExternalTokenCount, model, index, ("source", "local_cache_hit"))
            .Sample(counters.ExternalTokenCount, model, index, ("source", "external_kv_transfer"));
        Count("vllm:generation_tokens_total", "Tokens generated.", counters.GeneratedTokenCount);
        Count("vllm:corrupted_requests_total", "Choices with logits that are no numbers: here they end the step instead.", 0);
        text.Histogram("vllm:iteration_tokens_total", "Tokens computed in a step.").Sample(Steps(counters), model, index);
        Count("vllm:spec_decode_num_drafts_total", "Drafts verified.", counters.DraftCount);
        Count("vllm:spec_decode_num_draft_tokens_total", "Draft tokens verified.", counters.DraftTokenCount);
        Count("vllm:spec_decode_num_accepted_tokens_total", "Draft tokens kept.", counters.AcceptedTokenCount);
        text.Counter("vllm:spec_decode_num_accepted_tokens_per_pos_total", "Draft tokens kept, by their place in the draft.");
        foreach (var (position, count) in counters.AcceptedByPosition.Index())
        {
            text.Sample(count, model, index, ("position", Number(position)));
        }
        if (engine.Transfers is { } transfers)
            TransferMetrics.Write(text, transfers, model, index);
        RecoveryMetrics.Write(text, engine);
        text.Counter("gaudi:collectives_total", "Collective calls a rank completed in its group's epoch.");
        foreach (var rank in engine.Collectives)
        {
            text.Sample(rank.CallCount, ("rank", Number(rank.Rank)));
        }

        void Count(string name, string help, long value) => text.Counter(name, help).Sample(value, model, index);
    }

    private static HistogramValues Steps(EngineCounters counters) =>
        new([.. EngineCounters.StepTokenBounds.Select(bound => (double)bound)], counters.StepsByTokens, counters.StepTokenCount);

    private static HistogramValues Preemptions(EngineCounters counters) => new(
        [.. EngineCounters.PreemptionBounds.Select(bound => (double)bound)], counters.EndedByPreemptions, counters.EndedPreemptionCount);

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
