using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster;

namespace Gaudi.Cluster.Membership;

/// <summary>Whether this side of a network holds most of the votes: the split-brain resolver's own rule (keep-majority). Pure.</summary>
internal static class Quorum
{
    /// <summary>Why it does not; null when it does.</summary>
    /// <param name="voters">Members with a vote that are not declared dead.</param>
    /// <param name="unreachable">Those of them that are not heard of.</param>
    internal static string? Problem(IEnumerable<Address> voters, IReadOnlySet<Address> unreachable)
    {
        ImmutableArray<Address> all = [.. voters.Order(Comparer<Address>.Create(Member.AddressOrdering.Compare))];
        var heard = all.Count(voter => !unreachable.Contains(voter));
        // Of two equal halves the one with the lowest address stays.
        var isMost = heard * 2 > all.Length || (heard * 2 == all.Length && (all.IsEmpty || !unreachable.Contains(all[0])));
        return isMost
            ? null
            : $"this node hears of {heard} of {all.Length} nodes, itself included, and does not serve without most of them";
    }
}
