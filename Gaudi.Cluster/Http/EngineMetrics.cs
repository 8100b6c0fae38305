using System.Globalization;
using Gaudi.Actors.Protocols.Reports;

namespace Gaudi.Cluster.Http;

/// <summary>The engine's counts under vLLM's names, which routers and dashboards know, and ours under `gaudi:`.</summary>
internal static class EngineMetrics
{
    /// <summary>Writes every family of the engine.</summary>
    /// <param name="text">Where to.</param>
    /// <param name="modelName">What clients name in `model`.</param>
    /// <param name="engine">What the engine says.</param>
    public static void Write(MetricsText text, string modelName, EngineReport engine)
    {
        (string, string) model = ("model_name", modelName);
        (string, string) index = ("engine", "0");
        var counters = engine.Counters;
        text.Gauge("vllm:num_requests_running", "Choices that take part in steps.").Sample(engine.RunningCount, model, index);
        text.Gauge("vllm:num_requests_waiting", "Choices in the queue.").Sample(engine.WaitingCount, model, index);
        text.Gauge("vllm:kv_cache_usage_perc", "Part of the KV blocks that is in use, 0 to 1.")
            .Sample(engine.BlockCount == 0 ? 0 : (double)engine.BlocksUsed / engine.BlockCount, model, index);
        Count("vllm:prefix_cache_queries_total", "Tokens looked up in the prefix cache.", counters.CacheQueriedTokenCount);
        Count("vllm:prefix_cache_hits_total", "Tokens found in the prefix cache.", counters.CacheHitTokenCount);
        Count("vllm:num_preemptions_total", "Choices put back to wait, their blocks taken.", counters.PreemptionCount);
        Count("vllm:prompt_tokens_total", "Prompt tokens of admitted choices.", counters.PromptTokenCount);
        Count("vllm:generation_tokens_total", "Tokens generated.", counters.GeneratedTokenCount);
        Count("vllm:spec_decode_num_drafts_total", "Drafts verified.", counters.DraftCount);
        Count("vllm:spec_decode_num_draft_tokens_total", "Draft tokens verified.", counters.DraftTokenCount);
        Count("vllm:spec_decode_num_accepted_tokens_total", "Draft tokens kept.", counters.AcceptedTokenCount);
        text.Counter("vllm:spec_decode_num_accepted_tokens_per_pos_total", "Draft tokens kept, by their place in the draft.");
        foreach (var (position, count) in counters.AcceptedByPosition.Index())
        {
            text.Sample(count, model, index, ("position", position.ToString(CultureInfo.InvariantCulture)));
        }
        text.Counter("gaudi:collectives_total", "Collective calls a rank completed in its group's epoch.");
        foreach (var rank in engine.Collectives)
        {
            text.Sample(rank.CallCount, ("rank", rank.Rank.ToString(CultureInfo.InvariantCulture)));
        }

        void Count(string name, string help, long value) => text.Counter(name, help).Sample(value, model, index);
    }
}
