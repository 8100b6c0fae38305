using Akka.Actor;
using Akka.TestKit;
using Gaudi.Actors.Protocols;

namespace Gaudi.Tests.Actors.TensorParallel;

/// <summary>A probe that stands for a worker whose rank is never stuck: it is free as soon as its epoch ends.</summary>
internal sealed class FreeRank : AutoPilot
{
    internal static TestProbe On(TestProbe worker)
    {
        worker.SetAutoPilot(new FreeRank());
        return worker;
    }

    public override AutoPilot Run(IActorRef sender, object message)
    {
        if (message is AbortEpoch abort)
            abort.ReplyTo?.Tell(new RankFreed(abort.GroupId, abort.Epoch, abort.Rank));
        return this;
    }
}
