using System.Diagnostics;
using Gaudi.Hpu.Collectives;
using Xunit;

namespace Gaudi.Tests.Hpu.Collectives;

/// <summary>A call that blocks in a thread of its own until something frees it.</summary>
/// <param name="Error">What it threw.</param>
/// <param name="At">When, by <see cref="Stopwatch.GetTimestamp"/>, taken in that thread.</param>
internal sealed record FreedCall(CollectiveAbortedException Error, long At)
{
    private static readonly TimeSpan Bound = TimeSpan.FromMilliseconds(100);

    /// <summary>Starts the call; the task ends when it is freed.</summary>
    /// <param name="armed">Signalled right before the call; null when nobody waits for it.</param>
    /// <param name="call">Must end with the exception of an aborted epoch.</param>
    public static Task<FreedCall> Start(CountdownEvent? armed, Action call) => RankThreads.Start(() =>
    {
        armed?.Signal();
        try
        {
            call();
        }
        catch (CollectiveAbortedException error)
        {
            return new FreedCall(error, Stopwatch.GetTimestamp());
        }
        throw new InvalidOperationException("the call was expected to block and be freed, it returned");
    });

    /// <summary>
    /// Half of the rounds must keep the bound: a loaded machine may hold back a thread that was woken, but a thread that is
    /// woken late by our own doing is late in every round, and one that is not woken never ends.
    /// </summary>
    public static void AssertFast(IEnumerable<TimeSpan> rounds)
    {
        var sorted = rounds.Order().ToArray();
        Assert.True(
            sorted[sorted.Length / 2] < Bound,
            $"freed after {string.Join(", ", sorted.Select(round => $"{round.TotalMilliseconds:F1}"))} ms");
    }
}
