using System.Collections.Immutable;
using System.Globalization;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.Protocols.Reports;

namespace Gaudi.Cluster.Http.Metrics;

/// <summary>The engines' counts under vLLM's names, which routers and dashboards know, and ours under `gaudi:`.</summary>
internal static class EngineMetrics
{
    /// <summary>Writes every family, with a sample of each engine.</summary>
    /// <param name="text">Where to.</param>
    /// <param name="modelName">What clients name in `model`.</param>
    /// <param name="settings">Whether the engines keep full blocks, and adapters.</param>
    /// <param name="engines">What each replica says, by index; at least one.</param>
    /// <param name="now">When they said so.</param>
    public static void Write(
        MetricsText text, string modelName, HttpServerSettings settings, ImmutableArray<EngineReport> engines, DateTimeOffset now)
    {
        (string, string) model = ("model_name", modelName);
        Gauge("vllm:num_requests_running", "Choices that take part in steps.", engine => engine.RunningCount);
        Gauge("vllm:num_requests_waiting", "Choices in the queue.", engine => engine.WaitingCount);
        text.Gauge("vllm:num_requests_waiting_by_reason", "Choices in the queue, by what they wait for.");
        Each((engine, index) => text
            .Sample(engine.WaitingCount - engine.DeferredCount, model, index, ("reason", "capacity"))
            .Sample(engine.DeferredCount, model, index, ("reason", "deferred")));
        Gauge(
            "vllm:kv_cache_usage_perc", "Part of the KV blocks that is in use, 0 to 1.",
            engine => engine.BlockCount == 0 ? 0 : (double)engine.BlocksUsed / engine.BlockCount);
        text.Gauge("vllm:engine_sleep_state", "1 for the state the engine is in: it is always awake.");
        Each((_, index) => text
            .Sample(1, model, index, ("sleep_state", "awake")).Sample(0, model, index, ("sleep_state", "weights_offloaded"))
            .Sample(0, model, index, ("sleep_state", "discard_all")));
        text.Gauge(
            "vllm:lora_requests_info", "When was asked which adapters run and wait, in seconds since 1970; 0 where none are served.");
        Each((engine, index) => text.Sample(
            settings.LorasMax is null ? 0 : now.ToUnixTimeMilliseconds() / 1000.0, model, index,
            ("max_lora", Number(settings.LorasMax ?? 0)), ("running_lora_adapters", string.Join(',', engine.RunningLoras)),
            ("waiting_lora_adapters", string.Join(',', engine.WaitingLoras))));
        text.Gauge("vllm:cache_config_info", "How the KV cache is made.");
        Each((engine, index) => text.Sample(
            1, index, ("block_size", Number(engine.BlockSizeTokens)), ("cache_dtype", engine.Dtype),
            ("enable_prefix_caching", settings.CachesPrefixes ? "True" : "False"),
            ("gpu_memory_utilization", engine.MemoryUtilization.ToString("R", CultureInfo.InvariantCulture)),
            ("num_gpu_blocks", Number(engine.BlockCount))));
        Count("vllm:prefix_cache_queries_total", "Tokens looked up in the prefix cache.", counters => counters.CacheQueriedTokenCount);
        Count("vllm:prefix_cache_hits_total", "Tokens found in the prefix cache.", counters => counters.CacheHitTokenCount);
        Count(
            "vllm:external_prefix_cache_queries_total", "Tokens asked of a KV connector: what the prefix cache had not.",
            counters => counters.ExternalQueriedTokenCount);
        Count("vllm:external_prefix_cache_hits_total", "Of these, brought.", counters => counters.ExternalTokenCount);
        Count("vllm:mm_cache_queries_total", "Items of other media looked up in a cache: there is none.", _ => 0);
        Count("vllm:mm_cache_hits_total", "Items of other media found in a cache: there is none.", _ => 0);
        Count("vllm:num_preemptions_total", "Choices put back to wait, their blocks taken.", counters => counters.PreemptionCount);
        text.Histogram("vllm:request_num_preemptions", "How often an ended choice was put back to wait.");
        Each((engine, index) => text.Sample(Preemptions(engine.Counters), model, index));
        Count("vllm:prompt_tokens_total", "Prompt tokens of admitted choices.", counters => counters.PromptTokenCount);
        Count("vllm:prompt_tokens_cached_total", "Of these, found in the prefix cache.", counters => counters.CachedPromptTokenCount);
        text.Counter("vllm:prompt_tokens_by_source_total", "Prompt tokens of admitted choices, by where they came from.");
        Each((engine, index) => Sources(engine.Counters, model, index));
        Count("vllm:generation_tokens_total", "Tokens generated.", counters => counters.GeneratedTokenCount);
        Count("vllm:corrupted_requests_total", "Choices with logits that are no numbers: here they end the step instead.", _ => 0);
        text.Histogram("vllm:iteration_tokens_total", "Tokens computed in a step.");
        Each((engine, index) => text.Sample(Steps(engine.Counters), model, index));
        Count("vllm:spec_decode_num_drafts_total", "Drafts verified.", counters => counters.DraftCount);
        Count("vllm:spec_decode_num_draft_tokens_total", "Draft tokens verified.", counters => counters.DraftTokenCount);
        Count("vllm:spec_decode_num_accepted_tokens_total", "Draft tokens kept.", counters => counters.AcceptedTokenCount);
        text.Counter("vllm:spec_decode_num_accepted_tokens_per_pos_total", "Draft tokens kept, by their place in the draft.");
        Each((engine, index) =>
        {
            foreach (var (position, count) in engine.Counters.AcceptedByPosition.Index())
                text.Sample(count, model, index, ("position", Number(position)));
        });
        // Where blocks are handed over there is one replica: families of several would stand twice.
        if (engines is [{ Transfers: { } transfers } only])
        {
            TransferMetrics.Write(text, transfers, model, IndexOf(only));
            text.Gauge("gaudi:kv_prompts_held", "Prompts whose KV blocks are kept for another server.")
                .Sample(only.HeldCount, model, IndexOf(only));
            text.Gauge("gaudi:kv_prompts_loading", "Choices in the queue whose KV blocks are brought from another server.")
                .Sample(only.DeferredCount, model, IndexOf(only));
        }
        RecoveryMetrics.Write(text, engines);
        text.Counter("gaudi:collectives_total", "Collective calls a rank completed in its group's epoch.");
        Each((engine, index) =>
        {
            foreach (var rank in engine.Collectives)
                text.Sample(rank.CallCount, index, ("rank", Number(rank.Rank)));
        });

        void Each(Action<EngineReport, (string, string)> write)
        {
            foreach (var engine in engines)
                write(engine, IndexOf(engine));
        }

        void Gauge(string name, string help, Func<EngineReport, double> value)
        {
            text.Gauge(name, help);
            Each((engine, index) => text.Sample(value(engine), model, index));
        }

        void Count(string name, string help, Func<EngineCounters, long> value)
        {
            text.Counter(name, help);
            Each((engine, index) => text.Sample(value(engine.Counters), model, index));
        }

        void Sources(EngineCounters counters, (string, string) labels, (string, string) index) => text
            .Sample(counters.PromptTokenCount - counters.CachedPromptTokenCount, labels, index, ("source", "local_compute"))
            .Sample(counters.CachedPromptTokenCount - counters.ExternalTokenCount, labels, index, ("source", "local_cache_hit"))
            .Sample(counters.ExternalTokenCount, labels, index, ("source", "external_kv_transfer"));
    }

    private static (string, string) IndexOf(EngineReport engine) => ("engine", Number(engine.Index));

    private static HistogramValues Steps(EngineCounters counters) =>
        new([.. EngineCounters.StepTokenBounds.Select(bound => (double)bound)], counters.StepsByTokens, counters.StepTokenCount);

    private static HistogramValues Preemptions(EngineCounters counters) => new(
        [.. EngineCounters.PreemptionBounds.Select(bound => (double)bound)], counters.EndedByPreemptions, counters.EndedPreemptionCount);

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
