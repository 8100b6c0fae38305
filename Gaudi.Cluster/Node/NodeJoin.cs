using System.Collections.Immutable;
using Akka.Actor;
using Gaudi.Actors.Settings;
using Gaudi.Cluster.Membership;

namespace Gaudi.Cluster.Node;

/// <summary>How a node comes into its cluster, or starts it.</summary>
/// <param name="actors">This node's.</param>
/// <param name="membership">This node's.</param>
/// <param name="settings">How long it tries.</param>
internal sealed class NodeJoin(ActorSystem actors, ClusterMembership membership, GaudiSettings settings)
{
    private readonly HostPort _self = new(membership.SelfAddress.Host, membership.SelfAddress.Port ?? 0);

    /// <summary>Completes when the node is up.</summary>
    /// <param name="seeds">Whom to join. None, or this node alone: it starts a cluster of its own at once.</param>
    /// <param name="cancellation">Ends the try.</param>
    /// <exception cref="NodeStartException">Nobody let it in, and it may not start the cluster.</exception>
    internal async Task JoinAsync(ImmutableArray<HostPort> seeds, CancellationToken cancellation)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timeout.CancelAfter(settings.Node.Join);
        var others = seeds.Remove(_self).Distinct().ToImmutableArray();
        try
        {
            await (others.IsEmpty ? membership.StartOwnAsync(timeout.Token) : JoinAsync(seeds, others, timeout.Token))
                .ConfigureAwait(false);
        }
        catch (Exception problem) when (!cancellation.IsCancellationRequested && ClusterMembership.IsRefusal(problem))
        {
            throw new NodeStartException(Refusal(seeds, others));
        }
    }

    // Two that both hear of nobody do not both start one: the second asks longer than the first needs to listen.
    private async Task JoinAsync(ImmutableArray<HostPort> seeds, ImmutableArray<HostPort> others, CancellationToken limit)
    {
        var joined = membership.JoinAsync(others.Select(AddressOf), limit);
        while (seeds.Contains(_self) && !limit.IsCancellationRequested)
        {
            await Task.WhenAny(joined, Task.Delay(settings.Cluster.FoundDelay, limit)).ConfigureAwait(false);
            if (joined.IsCompleted)
                break;
            var listening = await ListeningAsync(others).ConfigureAwait(false);
            if (joined.IsCompleted || !Founding.IsMine(_self, seeds, listening))
                continue;
            // One that listens may be in a cluster that is slow to let us in: two clusters would never become one.
            if (!await AreAloneAsync(listening).ConfigureAwait(false) || joined.IsCompleted)
                continue;
            await membership.StartOwnAsync(limit).ConfigureAwait(false);
        }
        await joined.ConfigureAwait(false);
    }

    // Members speak TLS, or none does: a node of another kind finds nobody.
    private Address AddressOf(HostPort member) => membership.SelfAddress.WithHost(member.Host).WithPort(member.Port);

    private async Task<bool> AreAloneAsync(IEnumerable<HostPort> nodes)
    {
        var ask = new ServedCheck(actors, membership, settings.Cluster.ServedAnswer);
        var told = await Task.WhenAll(nodes.Select(node => ask.AskAsync(AddressOf(node), CancellationToken.None))).ConfigureAwait(false);
        return told.All(answer => answer is { IsMember: false });
    }

    private async Task<IReadOnlyCollection<HostPort>> ListeningAsync(ImmutableArray<HostPort> nodes)
    {
        var states = await Task.WhenAll(nodes.Select(node => PortProbe.LookAsync(node.Host, node.Port, settings.Cluster.PortLook)))
            .ConfigureAwait(false);
        return [.. nodes.Where((_, index) => states[index] == PortState.Listening)];
    }

    private string Refusal(ImmutableArray<HostPort> seeds, ImmutableArray<HostPort> others)
    {
        var seconds = $"{settings.Node.Join.TotalSeconds:0.#} s";
        return seeds.Contains(_self)
            ? $"expected most of the nodes {string.Join(", ", seeds.Distinct())} to be there, but within {seconds} they were not; "
                + "start the others, or leave out --join where this node is to be alone"
            : $"expected a Gaudi node at {string.Join(" or ", others)}, but none let this one in within {seconds}; "
                + "start it with `gaudi serve --cluster-port PORT`, and give its --cluster-host and --cluster-port here as --seed "
                + "or --join";
    }
}
