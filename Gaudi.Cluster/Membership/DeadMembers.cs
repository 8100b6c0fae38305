using Akka.Actor;
using Akka.Cluster;
using Akka.Event;
using Akka.Remote;

namespace Gaudi.Cluster.Membership;

/// <summary>
/// Declares members dead whose process is certainly gone. A broken connection, or a failure detector's doubt, is only a reason to
/// look at the member's port; a port that refuses is the proof. A member that pauses still listens and stays, one behind a broken
/// network is silent and left to the split-brain resolver. On this machine the dead life of that address is quarantined too: the cluster
/// then removes it without waiting for heartbeats to be missed, and shards move. A restarted process there is another life and may join.
/// </summary>
internal sealed class DeadMembers : ReceiveActor, IWithTimers
{
    private readonly Akka.Cluster.Cluster _cluster;
    private readonly DeadMemberSettings _settings;
    private readonly Func<Address, Task<PortState>> _look;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Dictionary<UniqueAddress, int> _looks = [];
    private readonly HashSet<UniqueAddress> _dead = []; // Declared here; the view of the members follows later.

    /// <summary>Subscribes when it starts.</summary>
    /// <param name="cluster">The membership.</param>
    /// <param name="settings">How often it looks, and who has a vote.</param>
    /// <param name="look">Looks at a member's port; never fails.</param>
    public DeadMembers(Akka.Cluster.Cluster cluster, DeadMemberSettings settings, Func<Address, Task<PortState>> look)
    {
        (_cluster, _settings, _look) = (cluster, settings, look);
        Receive<DisassociatedEvent>(broke => Suspect(member => member.Address == broke.RemoteAddress));
        Receive<ClusterEvent.UnreachableMember>(doubted => Suspect(member => member.UniqueAddress.Equals(doubted.Member.UniqueAddress)));
        Receive<SuspectHost>(host => Suspect(member => member.Address.Host == host.Host));
        Receive<LookAgain>(again => Look(again.Member));
        Receive<Looked>(looked => Judge(looked.Member, looked.State));
        Receive<VotersSeen>(Judge);
    }

    private static IRemoteActorRefProvider Remoting => (IRemoteActorRefProvider)((ExtendedActorSystem)Context.System).Provider;

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    /// <inheritdoc />
    protected override void PreStart()
    {
        Context.System.EventStream.Subscribe(Self, typeof(DisassociatedEvent));
        _cluster.Subscribe(Self, ClusterEvent.InitialStateAsEvents, typeof(ClusterEvent.UnreachableMember));
    }

    /// <inheritdoc />
    protected override void PostStop()
    {
        Context.System.EventStream.Unsubscribe(Self);
        _cluster.Unsubscribe(Self);
    }

    private void Suspect(Predicate<Member> isSuspect)
    {
        foreach (var member in _cluster.State.Members.Where(member => isSuspect(member) && IsLiving(member)))
        {
            if (_looks.TryAdd(member.UniqueAddress, 0))
                Look(member.UniqueAddress);
        }
    }

    private bool IsLiving(Member member) =>
        member.Status is MemberStatus.Joining or MemberStatus.WeaklyUp or MemberStatus.Up or MemberStatus.Leaving
        && !member.UniqueAddress.Equals(_cluster.SelfUniqueAddress) && !_dead.Contains(member.UniqueAddress);

    private void Look(UniqueAddress member) => _look(member.Address).PipeTo(Self, success: state => new Looked(member, state));

    private void Judge(UniqueAddress address, PortState state)
    {
        var looks = ++_looks[address];
        var member = _cluster.State.Members.FirstOrDefault(one => one.UniqueAddress.Equals(address) && IsLiving(one));
        // Of a process that is ending the connections may break before its port closes.
        if (member is not null && state == PortState.Listening && looks < _settings.LooksMax)
        {
            Timers.StartSingleTimer(address, new LookAgain(address), _settings.LookAgain);
            return;
        }
        _looks.Remove(address);
        if (member is null || state != PortState.Refused)
            return;
        if (Downing.IsSameMachine(_cluster.SelfAddress.Host, member.Address.Host))
            Declare(member, isAtOnce: true);
        else
            LookAtVoters(address);
    }

    // A firewall between two halves refuses in the place of living machines: only who reaches most voters now may judge.
    private void LookAtVoters(UniqueAddress suspect)
    {
        var others = Voters().Where(voter => !voter.UniqueAddress.Equals(suspect) && !IsSelf(voter)).ToList();
        Task.WhenAll(others.Select(voter => _look(voter.Address))).PipeTo(
            Self, success: states => new VotersSeen(suspect, states.Count(state => state == PortState.Listening)));
    }

    private void Judge(VotersSeen seen)
    {
        if (_cluster.State.Members.FirstOrDefault(one => one.UniqueAddress.Equals(seen.Suspect) && IsLiving(one)) is not { } member)
            return;
        var voters = Voters();
        var present = seen.ListeningCount + (voters.Any(IsSelf) ? 1 : 0);
        if (Downing.IsSafe(voters.Count, voters.Count - present))
            Declare(member, isAtOnce: false);
    }

    // One that was declared dead keeps its vote until it is removed: two halves would else count themselves to majorities.
    private List<Member> Voters() =>
    [
        .. _cluster.State.Members.Where(member => member.HasRole(_settings.VoterRole)
            && member.Status is MemberStatus.Up or MemberStatus.Leaving or MemberStatus.Down),
    ];

    private bool IsSelf(Member member) => member.UniqueAddress.Equals(_cluster.SelfUniqueAddress);

    // On another machine its heartbeats must be missed too before others take over: a node behind a firewall withholds its cards
    // by then.
    private void Declare(Member member, bool isAtOnce)
    {
        var address = member.UniqueAddress;
        _log.Warning("{Member} is gone: nobody listens at its port any more", member.Address);
        _dead.Add(address);
        if (isAtOnce)
            Remoting.Quarantine(address.Address, address.Uid);
        _cluster.Down(address.Address);
        // Workers end with their node.
        Suspect(other => other.Address.Host == member.Address.Host);
    }

    /// <summary>A connection to some process of that host broke.</summary>
    internal sealed record SuspectHost(string Host) : INoSerializationVerificationNeeded;

    private sealed record LookAgain(UniqueAddress Member) : INoSerializationVerificationNeeded;

    private sealed record VotersSeen(UniqueAddress Suspect, int ListeningCount) : INoSerializationVerificationNeeded;

    private sealed record Looked(UniqueAddress Member, PortState State) : INoSerializationVerificationNeeded;
}
