using System.Collections.Immutable;
using Akka.Actor;
using Gaudi.Actors.Hosting;
using Gaudi.Actors.Protocols;
using Gaudi.Cluster.Membership;

namespace Gaudi.Cluster.Node;

/// <summary>
/// A node serves beside others only what they serve, in the same way: a replica that moves from one to the other goes on with the
/// same tokens. Those that were there before decide; they were checked themselves.
/// </summary>
/// <param name="actors">This node's.</param>
/// <param name="membership">Who is there.</param>
/// <param name="limit">For all of them to answer.</param>
internal sealed class ServedCheck(ActorSystem actors, ClusterMembership membership, TimeSpan limit)
{
    /// <summary>Compares with every elder that answers.</summary>
    /// <param name="served">This node's lines.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="NodeStartException">One serves something else, or none answers.</exception>
    internal async Task CheckAsync(ImmutableArray<string> served, CancellationToken cancellation)
    {
        var elders = membership.Elders(GaudiSystem.EngineRole);
        var answers = await Task.WhenAll(elders.Select(elder => AskAsync(elder, cancellation))).ConfigureAwait(false);
        foreach (var (elder, lines) in elders.Zip(answers))
        {
            if (lines is not null && ServedLines.Difference(served, lines.Lines) is { } difference)
                throw new NodeStartException(
                    $"expected to serve what {GaudiSystem.NameOf(elder)} of this cluster serves, but {difference}; "
                    + "start all nodes of a cluster with the same model and settings");
        }
        if (elders.Length > 0 && answers.All(lines => lines is null))
            throw new NodeStartException(
                $"expected {string.Join(" or ", elders.Select(GaudiSystem.NameOf))} to say what this cluster serves within "
                + $"{limit.TotalSeconds:0.#} s, but none did; look at their logs, and start this node again");
    }

    /// <summary>Asks one node.</summary>
    /// <returns>Null when it does not answer.</returns>
    internal async Task<ServedTold?> AskAsync(Address elder, CancellationToken cancellation)
    {
        try
        {
            return await actors.ActorSelection(new RootActorPath(elder) / "user" / NodeRoot.ServedName)
                .Ask<ServedTold>(answer => new GetServed(answer), limit, cancellation).ConfigureAwait(false);
        }
        catch (AskTimeoutException)
        {
            return null;
        }
    }
}
