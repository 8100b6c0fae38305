using Akka.Actor;

namespace Gaudi.Tests.Simulation.Engine;

/// <summary>The one actor under /user, and the roots of processes under it: they only hold what is started in them.</summary>
internal sealed class SimRoot : UntypedActor
{
    protected override void OnReceive(object message) => Unhandled(message);
}
