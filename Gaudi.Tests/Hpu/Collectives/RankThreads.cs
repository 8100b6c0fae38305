using System.Runtime.ExceptionServices;
using Gaudi.Hpu.Collectives;

namespace Gaudi.Tests.Hpu.Collectives;

/// <summary>One thread a rank, as in life. Every rank's result, or its exception, is kept.</summary>
internal static class RankThreads
{
    /// <summary>Runs every rank to its end and gives the results in rank order; the first failed rank's exception is thrown.</summary>
    public static T[] Run<T>(IReadOnlyList<ICollective> ranks, Func<ICollective, T> body)
    {
        var outcomes = Outcomes(ranks, body);
        foreach (var (_, error) in outcomes)
        {
            if (error is not null)
                ExceptionDispatchInfo.Throw(error);
        }
        return [.. outcomes.Select(outcome => outcome.Result!)];
    }

    /// <summary>Runs every rank and gives each one's exception, null where it had none.</summary>
    public static Exception?[] Errors(IReadOnlyList<ICollective> ranks, Action<ICollective> body) =>
        [.. Outcomes(ranks, rank => { body(rank); return 0; }).Select(outcome => outcome.Error)];

    /// <summary>Starts a thread; its task ends with what it threw or gave.</summary>
    public static Task<T> Start<T>(Func<T> body)
    {
        var end = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
                end.SetResult(body());
            }
            catch (Exception error)
            {
                end.SetException(error);
            }
        })
        { IsBackground = true }.Start();
        return end.Task;
    }

    private static (T? Result, Exception? Error)[] Outcomes<T>(IReadOnlyList<ICollective> ranks, Func<ICollective, T> body)
    {
        var outcomes = new (T?, Exception?)[ranks.Count];
        var threads = ranks.Select((rank, index) => new Thread(() =>
        {
            try
            {
                outcomes[index] = (body(rank), null);
            }
            catch (Exception error)
            {
                outcomes[index] = (default, error);
                rank.Dispose(); // As a rank that failed: its peers are freed.
            }
        })
        { IsBackground = true }).ToArray();
        foreach (var thread in threads)
            thread.Start();
        foreach (var thread in threads)
        {
            if (!thread.Join(TimeSpan.FromMinutes(1)))
                throw new TimeoutException("a rank hangs");
        }
        return outcomes;
    }
}
