using Gaudi.Actors.TensorParallel;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.KvTransfer;

namespace Gaudi.Actors.Requests;

// KV blocks that are brought from elsewhere, or kept for others.
public sealed partial class ReplicaActor
{
    private bool _isCrowdedLong;

    private void Moved(GroupTransfersMoved moved)
    {
        if (moved.Epoch != _group.Epoch || _scheduler is null)
            return;
        _transfers.Add(moved.News.Transfers);
        var (released, gone) = _scheduler.Update(moved.Rank, moved.News, _parts.KvTransfer!.FailureEnds);
        foreach (var key in released)
            Timers.Cancel(key);
        foreach (var (sequence, reason) in gone)
            Drop(sequence, $"the KV blocks of its prompt did not come: {reason}");
        _scheduler.CheckIntegrity();
        DropLeftLoras();
        Step();
    }

    private void Lapse(string key)
    {
        if (_scheduler?.Release(key) != true)
            return;
        _transfers.AddLapse();
        Step();
    }

    private void Release(string key)
    {
        Timers.Cancel(key);
        if (_scheduler?.Release(key) == true)
            Step();
    }

    // It will not run here: nobody comes for what another server keeps for it.
    private void Decline(GenerationRequest request)
    {
        if (_scheduler?.Decline(request) == true)
            Step();
    }

    private void LapseCrowd()
    {
        _isCrowdedLong = true;
        Step();
    }

    private StepPlan? Plan()
    {
        var plan = _scheduler!.Plan(_stepNumber + 1);
        while (MakesRoom() && plan is null)
            plan = _scheduler.Plan(_stepNumber + 1);
        return plan;
    }

    // Where blocks kept for others hold up everything, the oldest go first; but not at once, for they may be on their way.
    private bool MakesRoom()
    {
        if (_scheduler!.CrowdingKey is not { } key)
        {
            _isCrowdedLong = false;
            Timers.Cancel(typeof(CrowdLapsed));
            return false;
        }
        if (!_isCrowdedLong)
        {
            if (!Timers.IsTimerActive(typeof(CrowdLapsed)))
                Timers.StartSingleTimer(typeof(CrowdLapsed), new CrowdLapsed(), _parts.KvTransfer!.CrowdedTimeout);
            return false;
        }
        Timers.Cancel(key);
        _scheduler.Release(key);
        _transfers.AddLapse();
        return true;
    }
}
