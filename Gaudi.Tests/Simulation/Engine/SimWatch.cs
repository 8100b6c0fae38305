using Akka.Actor;

namespace Gaudi.Tests.Simulation.Engine;

/// <summary>An actor of one process watches one of another: it hears of that process's end, too.</summary>
internal sealed record SimWatch(IInternalActorRef Watchee, IInternalActorRef Watcher, SimProcess By);
