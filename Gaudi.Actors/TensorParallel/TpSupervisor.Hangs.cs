using Akka.Actor;
using Akka.Event;
using Gaudi.Actors.Protocols;

namespace Gaudi.Actors.TensorParallel;

// Steps and ranks that outlive their limits.
public sealed partial class TpSupervisor
{
    // Within the limit a rank may be at work; behind it, it must be free as soon as the epoch ends.
    private void Late(TookTooLong late)
    {
        if (late.Epoch != _group.Epoch)
            return;
        Timers.Cancel(nameof(TookTooLong));
        if (_group.State == TpGroupState.Draining)
            StartGrace();
        else
            End($"{late.What} took longer than {late.Limit.TotalSeconds:0.#} s", EpochEnd.StepFault);
    }

    private void StartGrace() =>
        Timers.StartSingleTimer(nameof(GraceOver), new GraceOver(_group.Epoch), _parts.Settings.Hang.Grace);

    // The others were freed by the end of the epoch, whomever they waited for.
    private void KillHung()
    {
        for (var rank = 0; rank < _group.Freed.Length; rank++)
        {
            if (_group.Freed[rank])
                continue;
            var (card, reason) = (_group.Cards[rank], $"rank {rank} hangs: {_group.Reason}");
            _log.Debug("{Card}: {Reason}", card.Name, reason);
            _cards.Condemn(card, reason);
            card.Minder?.Tell(new KillWorker(card.CardIndex, card.Incarnation, reason));
        }
        SayAgainLater();
        Leave();
    }

    private void KillCondemned()
    {
        foreach (var (card, reason) in _cards.Condemned)
            card.Minder?.Tell(new KillWorker(card.CardIndex, card.Incarnation, reason));
    }
}
