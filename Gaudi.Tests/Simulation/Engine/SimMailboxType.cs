using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Dispatch.MessageQueues;

namespace Gaudi.Tests.Simulation.Engine;

/// <summary>Makes <see cref="SimQueue"/>s for the actors of a simulation; named in the simulation's configuration.</summary>
internal sealed class SimMailboxType(Settings settings, Config config)
    : MailboxType(settings, config), IProducesMessageQueue<SimQueue>
{
    public override IMessageQueue Create(IActorRef owner, ActorSystem system) =>
        ((SimScheduler)system.Scheduler).Engine.NewQueue(owner.Path) ?? (IMessageQueue)new UnboundedMessageQueue();
}
