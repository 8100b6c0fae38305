using System.Collections.Immutable;
using Akka.Actor;
using Gaudi.Actors.Protocols;

namespace Gaudi.Actors.Requests;

/// <summary>
/// Asks the replicas now and then how they are. A sharded replica starts with the first message for it, so one whose node died
/// comes up elsewhere though nobody sends a request; and once another answers in its place, the gateway's choices hear of it.
/// </summary>
public sealed class ReplicaWatch : ReceiveActor, IWithTimers
{
    private readonly TimeSpan _period;
    private readonly Dictionary<string, IActorRef> _serving = [];

    /// <summary>Takes what it works with.</summary>
    /// <param name="replicas">Takes replica messages.</param>
    /// <param name="replicaIds">Which are asked.</param>
    /// <param name="gateway">Told <see cref="ReplicaServes"/>.</param>
    /// <param name="period">Between two questions.</param>
    public ReplicaWatch(ICanTell replicas, ImmutableArray<string> replicaIds, IActorRef gateway, TimeSpan period)
    {
        _period = period;
        Receive<Ask>(_ =>
        {
            foreach (var id in replicaIds)
                replicas.Tell(new GetReplicaStatus(id, Self), Self);
        });
        Receive<ReplicaStatus>(status =>
        {
            if (status.State != "serving")
                return;
            var isKnown = _serving.TryGetValue(status.ReplicaId, out var last);
            _serving[status.ReplicaId] = Sender;
            if (!Sender.Equals(last))
                gateway.Tell(new ReplicaServes(status.ReplicaId, IsOther: isKnown));
        });
    }

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    /// <inheritdoc />
    protected override void PreStart() => Timers.StartPeriodicTimer(nameof(Ask), new Ask(), TimeSpan.Zero, _period);

    private sealed record Ask : ILocalMessage;
}
