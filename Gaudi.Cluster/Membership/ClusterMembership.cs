using Akka.Actor;
using Akka.Cluster;
using AkkaCluster = Akka.Cluster.Cluster;

namespace Gaudi.Cluster.Membership;

/// <summary>This process as a member of the cluster. With Sharding the only user of Akka.Cluster. Any thread.</summary>
internal sealed class ClusterMembership(ActorSystem system)
{
    private readonly AkkaCluster _cluster = AkkaCluster.Get(system);

    /// <summary>How other members reach this process.</summary>
    internal Address SelfAddress => _cluster.SelfAddress;

    /// <summary>Starts a cluster of one. Completes when this member is up.</summary>
    internal Task StartOwnAsync(CancellationToken cancellation) => _cluster.JoinAsync(SelfAddress, cancellation);

    /// <summary>Joins the cluster that the member at the address belongs to. Completes when this member is up.</summary>
    internal Task JoinAsync(Address member, CancellationToken cancellation) => _cluster.JoinSeedNodesAsync([member], cancellation);

    /// <summary>Says goodbye, so that nobody waits for a failure detector. Completes when the others know.</summary>
    internal Task LeaveAsync(CancellationToken cancellation) => _cluster.LeaveAsync(cancellation);

    /// <summary>True for what joining throws when nobody let us in.</summary>
    internal static bool IsRefusal(Exception problem) => problem is OperationCanceledException or ClusterJoinFailedException;

    /// <summary>Declares a member dead whose process was seen to end.</summary>
    internal void Down(Address member) => _cluster.Down(member);
}
