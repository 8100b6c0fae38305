using Akka.Actor;
using Akka.Dispatch.SysMsg;

namespace Gaudi.Tests.Simulation.Engine;

/// <summary>A message arrives at another process.</summary>
internal sealed class DeliveryEvent(
    SimEngine engine, SimProcess to, ActorCell cell, object message, IActorRef? sender) : SimEvent
{
    // What was sent arrives, also from a process that has died since.
    internal override bool IsCancelled => to.IsDead;

    internal override void Fire()
    {
        if (to.IsPaused)
        {
            to.Due.Add(this);
            return;
        }
        engine.Current = to;
        engine.Deliver(cell, message, sender);
        engine.Current = engine.World;
    }
}
