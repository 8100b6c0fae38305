using Xunit;
using Xunit.Abstractions;

namespace Gaudi.Tests.Actors.Scheduling;

/// <summary>
/// The law of the scheduler: whatever arrives, is aborted, preempted, paused or lost, blocks are counted right, limits hold,
/// everybody comes to an end, and every choice gets exactly the tokens it would get alone.
/// </summary>
public sealed class SchedulerPropertyTests(ITestOutputHelper output)
{
    private const int StepCount = 10_000;
    private const int EventCount = 150;

    [Fact]
    public void Ten_thousand_random_steps_change_no_token_leak_no_block_and_starve_nobody()
    {
        var total = new ScheduleTotals();
        var seed = 0;
        for (; total.StepCount < StepCount; seed++)
        {
            try
            {
                var history = new RandomSchedule(seed);
                history.Run(EventCount);
                total.Add(history.Totals);
            }
            catch
            {
                output.WriteLine($"seed {seed}");
                throw;
            }
        }
        output.WriteLine($"seeds 0 to {seed - 1}: {total}");
        // The law says nothing when nothing happened.
        Assert.True(total.FinishedCount > 1000, $"{total}");
        Assert.True(total.AbortedCount > 200, $"{total}");
        Assert.True(total.PreemptionCount > 200, $"{total}");
        Assert.True(total.LostEpochCount > 200, $"{total}");
        Assert.True(total.CacheHitTokenCount > 1000, $"{total}");
        Assert.True(total.AcceptedTokenCount > 500 && total.DraftTokenCount > total.AcceptedTokenCount, $"{total}");
        Assert.True(total.FullStepCount > 100, $"{total}");
        Assert.True(total.FormCount > 200, $"{total}");
        Assert.True(total.PooledCount > 100, $"{total}");
        Assert.True(total.SuspectStepCount > 100, $"{total}");
    }

    [Fact]
    public void Same_seed_gives_the_same_plans()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var (first, second) = (new RandomSchedule(seed), new RandomSchedule(seed));
            first.Run(EventCount);
            second.Run(EventCount);
            Assert.Equal(first.Plans, second.Plans);
        }
    }
}
