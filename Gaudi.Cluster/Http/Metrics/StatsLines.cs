using Gaudi.Actors.Protocols.Reports;
using Gaudi.Actors.Requests;

namespace Gaudi.Cluster.Http.Metrics;

/// <summary>Writes a line about the engine at every turn of an interval, while it does something, and one when it falls idle.</summary>
/// <param name="reports">Asked at every turn.</param>
/// <param name="interval">Between two turns.</param>
/// <param name="time">Measures and waits.</param>
/// <param name="write">Takes a line.</param>
internal sealed class StatsLines(IServerReports reports, TimeSpan interval, TimeProvider time, Action<string> write)
{
    private EngineReport? _last;
    private long _lastTime;
    private bool _isIdle = true;

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
        if (await reports.EngineAsync(stop).ConfigureAwait(false) is not { } now)
            return; // It is being formed, or did not answer in time: nothing is known of it.
        var moment = time.GetTimestamp();
        // A replica that has counted less than before is another one: its node died, and it began anew.
        if (_last is { } before && now.Counters.PromptTokenCount >= before.Counters.PromptTokenCount)
        {
            var isIdle = StatsLine.IsIdle(before, now);
            if (!isIdle || !_isIdle)
                write(StatsLine.Of(before, now, time.GetElapsedTime(_lastTime, moment)));
            _isIdle = isIdle;
        }
        (_last, _lastTime) = (now, moment);
    }
}
