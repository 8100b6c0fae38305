using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster;

namespace Gaudi.Cluster.Membership;

/// <summary>Follows which members of a role there are. Soft state: the cluster tells all of it again after a restart.</summary>
/// <remarks>
/// A member that is only unreachable stays: it comes back, or the split-brain resolver removes it within seconds, and work
/// on it has deadlines of its own. Forgetting it would end groups for a pause of its garbage collector.
/// </remarks>
internal sealed class MemberWatch : ReceiveActor
{
    private readonly Akka.Cluster.Cluster _cluster;
    private readonly string _role;
    private readonly Action<ImmutableArray<Address>> _changed;
    private readonly SortedSet<UniqueAddress> _up = [];

    /// <summary>Subscribes when it starts.</summary>
    /// <param name="cluster">The membership.</param>
    /// <param name="role">Which members count.</param>
    /// <param name="changed">Told the others' addresses.</param>
    public MemberWatch(Akka.Cluster.Cluster cluster, string role, Action<ImmutableArray<Address>> changed)
    {
        _cluster = cluster;
        _role = role;
        _changed = changed;
        Receive<ClusterEvent.MemberUp>(up => Change(up.Member, _up.Add));
        Receive<ClusterEvent.MemberRemoved>(removed => Change(removed.Member, _up.Remove));
    }

    /// <inheritdoc />
    protected override void PreStart() => _cluster.Subscribe(
        Self, ClusterEvent.InitialStateAsEvents, typeof(ClusterEvent.MemberUp), typeof(ClusterEvent.MemberRemoved));

    /// <inheritdoc />
    protected override void PostStop() => _cluster.Unsubscribe(Self);

    private void Change(Member member, Func<UniqueAddress, bool> apply)
    {
        if (member.HasRole(_role) && !member.UniqueAddress.Equals(_cluster.SelfUniqueAddress) && apply(member.UniqueAddress))
            _changed([.. _up.Select(one => one.Address)]);
    }
}
