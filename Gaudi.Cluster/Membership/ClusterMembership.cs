using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster;
using Akka.Event;
using Gaudi.Actors.Settings;
using AkkaCluster = Akka.Cluster.Cluster;

namespace Gaudi.Cluster.Membership;

/// <summary>This process as a member of the cluster. With Sharding the only user of Akka.Cluster. Any thread.</summary>
internal sealed class ClusterMembership(ActorSystem system)
{
    private readonly AkkaCluster _cluster = AkkaCluster.Get(system);
    private IActorRef _dead = ActorRefs.Nobody;

    /// <summary>How other members reach this process.</summary>
    internal Address SelfAddress => _cluster.SelfAddress;

    /// <summary>Starts a cluster of one. Completes when this member is up.</summary>
    internal Task StartOwnAsync(CancellationToken cancellation) => _cluster.JoinAsync(SelfAddress, cancellation);

    /// <summary>
    /// Joins the cluster that one of the members belongs to, and asks until one lets it in. Completes when this member is up,
    /// also when it started its own cluster meanwhile.
    /// </summary>
    internal Task JoinAsync(IEnumerable<Address> members, CancellationToken cancellation) =>
        _cluster.JoinSeedNodesAsync(members, cancellation);

    /// <summary>True for what joining throws when nobody let us in.</summary>
    internal static bool IsRefusal(Exception problem) => problem is OperationCanceledException or ClusterJoinFailedException;

    /// <summary>Tells of the other members of a role that are up and reachable, now and at every change, from an actor's thread.</summary>
    /// <param name="role">Which members.</param>
    /// <param name="changed">Their addresses, in the cluster's order.</param>
    internal void WatchOthers(string role, Action<ImmutableArray<Address>> changed) => system.ActorOf(
        Props.Create(() => new MemberWatch(_cluster, role, changed)), $"members-{role}");

    /// <summary>Tells when the members with a vote that are heard of are no majority any more, and when they are again.</summary>
    /// <param name="voterRole">Members with a vote.</param>
    /// <param name="changed">Told why there is none, from an actor's thread; null when there is one again.</param>
    internal void WatchQuorum(string voterRole, Action<string?> changed) => system.ActorOf(
        Props.Create(() => new QuorumWatch(_cluster, voterRole, changed)), "quorum");

    /// <summary>True when the cluster has put this member out, or it has left.</summary>
    internal bool IsOut => _cluster.IsTerminated || _cluster.SelfMember.Status is MemberStatus.Down or MemberStatus.Removed;

    /// <summary>True when this member was let in, by itself or by others, and is not out.</summary>
    internal bool IsIn => !IsOut && _cluster.State.Members.Any(member => member.UniqueAddress.Equals(_cluster.SelfUniqueAddress));

    /// <summary>True when another member of the role is up: somebody would miss this one.</summary>
    internal bool HasOthers(string role) => _cluster.State.Members.Any(member =>
        member.HasRole(role) && member.Status == MemberStatus.Up && !member.UniqueAddress.Equals(_cluster.SelfUniqueAddress));

    /// <summary>Other members of a role that were there before this one and are reachable, oldest first.</summary>
    internal ImmutableArray<Address> Elders(string role)
    {
        var (state, self) = (_cluster.State, _cluster.SelfMember);
        return
        [
            .. state.Members
                .Where(member => member.HasRole(role) && member.Status == MemberStatus.Up && member.IsOlderThan(self)
                    && !state.Unreachable.Contains(member))
                .Order(Member.AgeOrdering)
                .Select(member => member.Address),
        ];
    }

    /// <summary>Says goodbye, so that nobody waits for a failure detector; not for longer than the limit.</summary>
    internal async Task LeaveAsync(TimeSpan limit)
    {
        using var timeout = new CancellationTokenSource(limit);
        try
        {
            await _cluster.LeaveAsync(timeout.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The others will see it by themselves.
        }
    }

    /// <summary>Lets a file cut this process off from others, where a test of failures asks for it. Says so on standard error.</summary>
    internal void AllowPartitions(FaultSettings faults)
    {
        if (!faults.IsEnabled)
            return;
        system.Log.Warning("gaudi.faults.enabled is on: this process can be cut off from others; it is for tests alone");
        if (faults.PartitionFile.Length > 0)
            system.ActorOf(Props.Create(() => new PartitionActor(_cluster, faults.PartitionFile, faults.PartitionPoll)), "partitions");
    }

    /// <summary>From now on members are declared dead whose process is certainly gone.</summary>
    /// <param name="settings">How it looks.</param>
    /// <param name="limit">For a port to answer.</param>
    internal void DownDead(DeadMemberSettings settings, TimeSpan limit) => _dead = system.ActorOf(
        Props.Create(() => new DeadMembers(_cluster, settings, member => PortProbe.LookAsync(member.Host, member.Port ?? 0, limit))),
        "dead-members");

    /// <summary>A connection to some process of that host broke: its members are looked at.</summary>
    internal void Suspect(string host) => _dead.Tell(new DeadMembers.SuspectHost(host));

    /// <summary>Declares a member dead whose process was seen to end.</summary>
    internal void Down(Address member) => _cluster.Down(member);
}
