using Gaudi.Actors.Protocols.Reports;
using Gaudi.Actors.Requests;

namespace Gaudi.Cluster.Http.Metrics;

/// <summary>Writes a line about each engine at every turn of an interval, while it does something, and one when it falls idle.</summary>
/// <param name="reports">Asked at every turn.</param>
/// <param name="interval">Between two turns.</param>
/// <param name="time">Measures and waits.</param>
/// <param name="write">Takes a line.</param>
internal sealed class StatsLines(IServerReports reports, TimeSpan interval, TimeProvider time, Action<string> write)
{
    private readonly SortedDictionary<int, (EngineReport Report, long Time, bool IsIdle)> _last = [];

    /// <summary>Runs until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(interval, time);
        try
        {
            do
                await TurnAsync(stop).ConfigureAwait(false);
            while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Told to.
        }
    }

    /// <summary>One look.</summary>
    public async Task TurnAsync(CancellationToken stop)
    {
        // One that is being formed, or did not answer in time, is left out: nothing is known of it.
        foreach (var now in await reports.EnginesAsync(stop).ConfigureAwait(false))
        {
            var (moment, isIdle) = (time.GetTimestamp(), true);
            // A replica that has counted less than before is another one: its node died, and it began anew.
            if (_last.TryGetValue(now.Index, out var before)
                && now.Counters.PromptTokenCount >= before.Report.Counters.PromptTokenCount)
            {
                isIdle = StatsLine.IsIdle(before.Report, now);
                if (!isIdle || !before.IsIdle)
                    write(StatsLine.Of(before.Report, now, time.GetElapsedTime(before.Time, moment)));
            }
            _last[now.Index] = (now, moment, isIdle);
        }
    }
}
