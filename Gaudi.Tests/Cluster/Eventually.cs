namespace Gaudi.Tests.Cluster;

/// <summary>Waits for what nothing tells, because only a server knows it: that it saw a client leave, or a request come.</summary>
internal static class Eventually
{
    /// <summary>Reads again and again until a value is the one waited for, and returns it.</summary>
    /// <exception cref="OperationCanceledException">It was not, for the whole of the patience.</exception>
    internal static async Task<T> ReadAsync<T>(Func<Task<T>> read, Func<T, bool> isReached, TimeSpan patience)
    {
        using var limit = new CancellationTokenSource(patience);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        var value = await read();
        while (!isReached(value))
        {
            await timer.WaitForNextTickAsync(limit.Token);
            value = await read();
        }
        return value;
    }
}
