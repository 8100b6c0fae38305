using Akka.Actor;
using Gaudi.Actors.Hosting;
using Gaudi.Actors.Protocols;

namespace Gaudi.Tests.Simulation.World;

/// <summary>A node's part of the shards: passes a replica's messages to its home, and is the home of some.</summary>
internal sealed class SimRegion : ReceiveActor
{
    public SimRegion(SimWorld world, int box) => Receive<IReplicaMessage>(message =>
    {
        if (world.Homes.HomeOf(message.ReplicaId) is not { } home)
            return; // It has none now; whoever asks asks again.
        if (home != box)
        {
            world.Boxes[home].Region?.Tell(message, Sender);
            return;
        }
        var name = message.ReplicaId.Replace('/', '-');
        var replica = Context.Child(name);
        if (replica.IsNobody())
            replica = Context.ActorOf(NodeRoot.ReplicaProps(world.PartsOf(message.ReplicaId, box)), name);
        replica.Tell(message, Sender);
    });
}
