using Akka.Actor;
using Akka.Cluster;

namespace Gaudi.Cluster.Membership;

/// <summary>
/// Tells when this side of a broken network has no majority any more, and when it has it back. That is some seconds before the
/// split-brain resolver lets the other side take over, so what stops now has stopped before another starts.
/// </summary>
internal sealed class QuorumWatch : ReceiveActor
{
    private readonly Akka.Cluster.Cluster _cluster;
    private string? _problem;

    /// <summary>Subscribes when it starts.</summary>
    /// <param name="cluster">The membership.</param>
    /// <param name="voterRole">Members with a vote.</param>
    /// <param name="changed">Told why there is no majority; null when there is one again.</param>
    public QuorumWatch(Akka.Cluster.Cluster cluster, string voterRole, Action<string?> changed)
    {
        _cluster = cluster;
        Receive<ClusterEvent.CurrentClusterState>(state =>
        {
            var voters = state.Members
                .Where(member => member.HasRole(voterRole) && (member.Status is MemberStatus.Up or MemberStatus.Leaving));
            var problem = Quorum.Problem(
                voters.Select(member => member.Address),
                state.Unreachable.Select(member => member.Address).ToHashSet());
            if (problem == _problem)
                return;
            _problem = problem;
            changed(problem);
        });
        Receive<ClusterEvent.IClusterDomainEvent>(_ => _cluster.SendCurrentClusterState(Self));
    }

    /// <inheritdoc />
    protected override void PreStart() => _cluster.Subscribe(
        Self, ClusterEvent.InitialStateAsEvents, typeof(ClusterEvent.IMemberEvent), typeof(ClusterEvent.IReachabilityEvent));

    /// <inheritdoc />
    protected override void PostStop() => _cluster.Unsubscribe(Self);
}
