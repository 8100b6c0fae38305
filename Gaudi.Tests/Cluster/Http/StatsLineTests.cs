using Gaudi.Actors.Protocols.Reports;
using Gaudi.Cluster.Http.Metrics;
using Xunit;

namespace Gaudi.Tests.Cluster.Http;

/// <summary>The line about the engine, in vLLM's words, and when it comes.</summary>
public sealed class StatsLineTests
{
    private static readonly EngineReport Before = new FakeReports().Engine! with { RunningCount = 0, WaitingCount = 0 };

    private static EngineReport Later(int running = 2) => Before with
    {
        RunningCount = running, WaitingCount = 3, BlocksUsed = 5,
        Counters = Before.Counters with
        {
            PromptTokenCount = Before.Counters.PromptTokenCount + 50, GeneratedTokenCount = 27, CacheQueriedTokenCount = 48,
            CacheHitTokenCount = 19,
        },
    };

    [Fact]
    public void Line_says_what_happened_since_the_last_in_vLLMs_words() => Assert.Equal(
        "Engine 000: Avg prompt throughput: 5.0 tokens/s, Avg generation throughput: 2.0 tokens/s, Running: 2 reqs, "
        + "Waiting: 3 reqs, GPU KV cache usage: 25.0%, Prefix cache hit rate: 25.0%",
        StatsLine.Of(Before, Later(), TimeSpan.FromSeconds(10)));

    [Fact]
    public void Drafts_are_told_where_there_are_any() => Assert.EndsWith(
        ", Drafts accepted: 7 of 10 tokens",
        StatsLine.Of(
            Before, Later() with { Counters = Later().Counters with { DraftTokenCount = 22, AcceptedTokenCount = 20 } },
            TimeSpan.FromSeconds(10)), StringComparison.Ordinal);

    [Fact]
    public async Task An_idle_engine_is_told_once()
    {
        var reports = new FakeReports { Engine = Before };
        var lines = new List<string>();
        var stats = new StatsLines(reports, TimeSpan.FromSeconds(10), TimeProvider.System, lines.Add);
        foreach (var (engine, count) in new[]
                 {
                     (Before, 0), (Before, 0), (Later(), 1), (Later(), 2), (Later() with { RunningCount = 0, WaitingCount = 0 }, 3),
                     (Later() with { RunningCount = 0, WaitingCount = 0 }, 3), (null, 3), (Later(), 4),
                 })
        {
            reports.Engine = engine;
            await stats.TurnAsync(CancellationToken.None);
            Assert.Equal(count, lines.Count);
        }
    }
}
