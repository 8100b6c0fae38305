using Gaudi.Actors.Protocols;
using Gaudi.Actors.TensorParallel;

namespace Gaudi.Actors.Requests;

/// <summary>
/// Measures recoveries: from the end of an epoch that served until an epoch serves again, however many tries that takes. The
/// first cause counts. One thread.
/// </summary>
/// <param name="time">Measures; decides nothing.</param>
internal sealed class RecoveryTally(TimeProvider time)
{
    private bool _served;
    private (long Since, EpochEnd Cause)? _open;

    /// <summary>So far.</summary>
    internal RecoveryCounters Counters { get; private set; } = RecoveryCounters.Zero;

    /// <summary>Why the epoch ended that a recovery follows now; null while none does.</summary>
    internal EpochEnd? Cause => _open?.Cause;

    /// <summary>The group changed.</summary>
    /// <param name="group">Its state now.</param>
    /// <param name="runningTokenCount">Tokens of choices that ran, prompt and emitted.</param>
    internal void Follow(TpGroup group, long runningTokenCount)
    {
        NoteStale(group.StaleCount);
        if (group.State == TpGroupState.Serving)
            Serve();
        else if (group.State is TpGroupState.Draining or TpGroupState.Degraded && _served)
        {
            _served = false;
            _open = (time.GetTimestamp(), group.Cause);
            Counters = Counters with { ReplayedTokenCount = Counters.ReplayedTokenCount + runningTokenCount };
        }
    }

    /// <summary>Messages of another epoch that the supervisor dropped.</summary>
    internal void NoteStale(long count) =>
        Counters = Counters with { StaleMessageCount = Math.Max(count, Counters.StaleMessageCount) };

    /// <summary>A request is never tried again.</summary>
    internal void NoteQuarantined() => Counters = Counters with { QuarantinedRequestCount = Counters.QuarantinedRequestCount + 1 };

    private void Serve()
    {
        _served = true;
        if (_open is not { } open)
            return;
        _open = null;
        var seconds = time.GetElapsedTime(open.Since).TotalSeconds;
        var bounds = RecoveryCounters.SecondsBounds;
        var range = 0;
        while (range < bounds.Length && seconds > bounds[range])
            range++;
        Counters = Counters with
        {
            StepFaultCount = Counters.StepFaultCount + (open.Cause == EpochEnd.StepFault ? 1 : 0),
            RankLostCount = Counters.RankLostCount + (open.Cause is EpochEnd.RankLost or EpochEnd.NodeLost ? 1 : 0),
            DeliberateCount = Counters.DeliberateCount + (open.Cause == EpochEnd.Deliberate ? 1 : 0),
            CountBySeconds = Counters.CountBySeconds.SetItem(range, Counters.CountBySeconds[range] + 1),
            Seconds = Counters.Seconds + seconds,
            LastSeconds = seconds,
        };
    }
}
