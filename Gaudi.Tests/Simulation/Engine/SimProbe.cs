using Akka.Actor;

namespace Gaudi.Tests.Simulation.Engine;

/// <summary>Hands what it is told to a function.</summary>
internal sealed class SimProbe<T> : ReceiveActor
{
    public SimProbe(Action<T> told) => Receive<T>(message => told(message));
}
