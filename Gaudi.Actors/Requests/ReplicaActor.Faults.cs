using System.Collections.Immutable;
using Akka.Actor;
using Gaudi.Actors.Devices;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.Scheduling;
using Gaudi.Actors.TensorParallel;

namespace Gaudi.Actors.Requests;

// Steps that failed: whose choices are suspects, and which are never tried again.
public sealed partial class ReplicaActor
{
    private readonly Quarantine _quarantine;

    private bool IsServing => _group.State == TpGroupState.Serving;

    // Everything is computed anew in the next epoch. A choice whose step failed is told so, for the case that it goes elsewhere.
    private void Restart()
    {
        if (_scheduler is null)
            return;
        var isFault = _group.Cause is EpochEnd.StepFault or EpochEnd.RankLost;
        ImmutableArray<Sequence> stepping = isFault ? _scheduler.Stepping : [];
        foreach (var one in stepping)
            _choices[_keys[one.Id]].Faults.Add($"epoch {_group.Epoch}: {_group.Reason}");
        var gone = _scheduler.Restart(isFault);
        foreach (var one in stepping.Except(gone))
        {
            var key = _keys[one.Id];
            _choices[key].ReplyTo.Tell(new RequestFaulted(key.RequestId, key.Choice, one.FailedStepCount, _group.Reason));
        }
        foreach (var one in gone)
        {
            Drop(one, one.IsAborted ? "" : PutInQuarantine(_keys[one.Id], one.FailedStepCount));
        }
    }

    private string PutInQuarantine((string RequestId, int Choice) key, int failedStepCount)
    {
        IEnumerable<string> faults = _choices.TryGetValue(key, out var choice) ? choice.Faults.TakeLast(failedStepCount) : [];
        var reason = $"the group failed {failedStepCount} times while it computed this request, the last time this request alone, "
            + $"so it is not tried again: {string.Join("; ", faults.Prepend($"replica {_parts.ReplicaId}"))}";
        _quarantine.Add(key, reason);
        _recoveries.NoteQuarantined();
        _parts.Announce(new NodeEvent.RequestQuarantined(key.RequestId, reason));
        return reason;
    }

    // What failed too often on another replica is not tried on this one.
    private bool IsQuarantined(Generate generate)
    {
        var key = (generate.Request.RequestId, generate.Request.Choice);
        if (generate.FailedStepCount >= _parts.Scheduler.FailedStepsMax && _quarantine.Find(key) is null)
            PutInQuarantine(key, generate.FailedStepCount);
        if (_quarantine.Find(key) is not { } reason)
            return false;
        Refuse(generate, RefusalKind.Failed, reason, null);
        return true;
    }

    // A queue that is full because nothing is served is another answer than one that is full of work.
    private void RefuseFull(Generate generate, string message, int? retryAfterSeconds)
    {
        if (IsServing)
            Refuse(generate, RefusalKind.QueueFull, message, retryAfterSeconds);
        else
            Refuse(
                generate, RefusalKind.Unavailable, $"replica {_parts.ReplicaId} does not serve: {Reason()}; {message}", retryAfterSeconds);
    }
}
