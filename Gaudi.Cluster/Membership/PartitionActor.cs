using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster;
using Akka.Remote;
using Akka.Remote.Transport;
using Gaudi.Actors.Protocols;

namespace Gaudi.Cluster.Membership;

/// <summary>
/// Cuts this process off from the members on the hosts that a file names, both ways, until the file does not name them any more.
/// For tests of failures alone. A file that is not there, or cannot be read just now, names nobody new.
/// </summary>
internal sealed class PartitionActor : ReceiveActor, IWithTimers
{
    private readonly Akka.Cluster.Cluster _cluster;
    private readonly string _path;
    private readonly TimeSpan _poll;
    private readonly RemoteTransport _transport = ((IRemoteActorRefProvider)((ExtendedActorSystem)Context.System).Provider).Transport;
    private ImmutableSortedSet<Address> _cut = ImmutableSortedSet.Create<Address>(Member.AddressOrdering);

    /// <summary>Reads at once, and then again and again.</summary>
    /// <param name="cluster">Knows the members of a host.</param>
    /// <param name="path">The file.</param>
    /// <param name="poll">How often it is read.</param>
    public PartitionActor(Akka.Cluster.Cluster cluster, string path, TimeSpan poll)
    {
        (_cluster, _path, _poll) = (cluster, path, poll);
        Receive<Look>(_ => Follow());
    }

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    /// <inheritdoc />
    protected override void PreStart() => Timers.StartPeriodicTimer(nameof(Look), new Look(), TimeSpan.Zero, _poll);

    private void Follow()
    {
        if (Hosts() is not { } hosts)
            return;
        var members = _cluster.State.Members.Select(member => member.Address).Concat(_cut).Where(address => hosts.Contains(address.Host));
        var cut = members.ToImmutableSortedSet(Member.AddressOrdering);
        foreach (var address in cut.Except(_cut))
            Throttle(address, Blackhole.Instance);
        foreach (var address in _cut.Except(cut))
            Throttle(address, Unthrottled.Instance);
        _cut = cut;
    }

    private void Throttle(Address address, ThrottleMode mode) => _transport.ManagementCommand(
        new SetThrottle(address, ThrottleTransportAdapter.Direction.Both, mode));

    // Null: the file cannot be read just now, so nothing changes.
    private ImmutableHashSet<string>? Hosts()
    {
        try
        {
            return File.Exists(_path) ? [.. File.ReadAllLines(_path).Select(line => line.Trim())] : [];
        }
        catch (IOException)
        {
            return null;
        }
    }

    private sealed record Look : ILocalMessage;
}
