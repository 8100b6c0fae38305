using System.Globalization;
using Gaudi.Actors.Protocols.Reports;

namespace Gaudi.Cluster.Http.Metrics;

/// <summary>The line that says from time to time what the engine does, in vLLM's words, which tools read from its log.</summary>
internal static class StatsLine
{
    /// <summary>The line for what happened since the last look.</summary>
    /// <param name="before">The last look.</param>
    /// <param name="now">This look.</param>
    /// <param name="between">Time between both; over zero.</param>
    public static string Of(EngineReport before, EngineReport now, TimeSpan between)
    {
        var (was, has) = (before.Counters, now.Counters);
        var queried = has.CacheQueriedTokenCount - was.CacheQueriedTokenCount;
        var hitRate = queried == 0 ? 0 : (has.CacheHitTokenCount - was.CacheHitTokenCount) * 100.0 / queried;
        var usage = now.BlockCount == 0 ? 0 : now.BlocksUsed * 100.0 / now.BlockCount;
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"Engine {now.Index:000}: "
            + $"Avg prompt throughput: {(has.PromptTokenCount - was.PromptTokenCount) / between.TotalSeconds:0.0} tokens/s, "
            + $"Avg generation throughput: {(has.GeneratedTokenCount - was.GeneratedTokenCount) / between.TotalSeconds:0.0} tokens/s, "
            + $"Running: {now.RunningCount} reqs, Waiting: {now.WaitingCount} reqs, GPU KV cache usage: {usage:0.0}%, "
            + $"Prefix cache hit rate: {hitRate:0.0}%");
        var drafted = has.DraftTokenCount - was.DraftTokenCount;
        return drafted <= 0 ? line : line + string.Create(
            CultureInfo.InvariantCulture,
            $", Drafts accepted: {has.AcceptedTokenCount - was.AcceptedTokenCount} of {drafted} tokens");
    }

    /// <summary>Whether nothing ran and nothing waits: one such line is enough.</summary>
    public static bool IsIdle(EngineReport before, EngineReport now) =>
        now.RunningCount == 0 && now.WaitingCount == 0 && before.Counters.GeneratedTokenCount == now.Counters.GeneratedTokenCount
        && before.Counters.PromptTokenCount == now.Counters.PromptTokenCount;
}
