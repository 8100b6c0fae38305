using Akka.Actor;

namespace Gaudi.Tests.Simulation.Engine;

/// <summary>A timer of an actor. It belongs to its process: it does not outlive it, and waits where it stands still.</summary>
internal sealed class TimerEvent(
    SimEngine engine, ICanTell receiver, object message, IActorRef sender, ICancelable? cancelable, TimeSpan? interval) : SimEvent
{
    /// <summary>Whose timer it is.</summary>
    internal SimProcess Owner { get; } = engine.Current;

    /// <summary>The receiver's mailbox.</summary>
    internal int To { get; } = engine.NumberOf(receiver);

    internal override bool IsCancelled => cancelable is { IsCancellationRequested: true } || Owner.IsDead;

    internal override void Fire()
    {
        if (Owner.IsPaused)
        {
            Owner.Due.Add(this);
            return;
        }
        engine.Current = Owner;
        receiver.Tell(message, sender);
        engine.Current = engine.World;
        if (interval is { } next)
            engine.Add(next, this);
    }
}
