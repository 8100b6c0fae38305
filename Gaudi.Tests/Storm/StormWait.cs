namespace Gaudi.Tests.Storm;

/// <summary>Waits for events of a history. Arm, act, await.</summary>
internal static class StormWait
{
    /// <summary>Completes with the first event from now on for which the answer is true; the answer may remember what it saw.</summary>
    /// <param name="history">Told by it.</param>
    /// <param name="isLast">Asked every event in order, one at a time.</param>
    /// <param name="patience">Longest wait.</param>
    /// <param name="what">Named when it did not come.</param>
    /// <param name="time">Owner of the patience.</param>
    /// <param name="stop">Ends the wait.</param>
    /// <exception cref="TimeoutException">It did not come.</exception>
    internal static async Task<StormEvent> ForAsync(
        StormHistory history, Func<StormEvent, bool> isLast, TimeSpan patience, string what, TimeProvider time, CancellationToken stop)
    {
        var found = new TaskCompletionSource<StormEvent>(TaskCreationOptions.RunContinuationsAsynchronously);
        void Look(StormEvent happened)
        {
            if (!found.Task.IsCompleted && isLast(happened))
                found.TrySetResult(happened);
        }
        history.Added += Look;
        try
        {
            return await found.Task.WaitAsync(patience, time, stop).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"{what} did not come within {patience.TotalSeconds:0} s");
        }
        finally
        {
            history.Added -= Look;
        }
    }
}
