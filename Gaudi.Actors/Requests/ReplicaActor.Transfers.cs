using Gaudi.Actors.TensorParallel;
using Gaudi.Hpu.KvTransfer;

namespace Gaudi.Actors.Requests;

// KV blocks that are brought from elsewhere, or kept for others.
public sealed partial class ReplicaActor
{
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
}
