using System.Collections.Immutable;
using Akka.Actor;
using Gaudi.Actors.Protocols;

namespace Gaudi.Actors.Requests;

/// <summary>Asks for a report; the answer completes the source.</summary>
internal sealed record OpenReport(TaskCompletionSource<ServerState> Answer) : ILocalMessage;

/// <summary>Asks whether the node's actors answer at all.</summary>
internal sealed record PingReports(TaskCompletionSource Answer) : ILocalMessage;

/// <summary>One child a report.</summary>
public sealed class ReportSupervisor : ReceiveActor
{
    /// <summary>Takes what it works with.</summary>
    /// <param name="inventory">Gives the cards.</param>
    /// <param name="replicas">Takes replica messages.</param>
    /// <param name="replicaIds">The replicas of this server; none where the node only lends cards.</param>
    /// <param name="limit">How long a report waits.</param>
    public ReportSupervisor(IActorRef inventory, ICanTell replicas, ImmutableArray<string> replicaIds, TimeSpan limit)
    {
        Receive<PingReports>(ping => ping.Answer.TrySetResult());
        Receive<OpenReport>(open => Context.ActorOf(
            Props.Create(() => new ReportActor(inventory, replicas, replicaIds, limit, open.Answer))));
    }
}
