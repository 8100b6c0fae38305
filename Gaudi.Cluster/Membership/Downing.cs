using System.Net;

namespace Gaudi.Cluster.Membership;

/// <summary>
/// Whether a member whose port refuses connections may be declared dead. Pure. A firewall between two halves of a cluster can refuse
/// in the place of a living machine, so only the half that has most of the votes may; on one machine nobody stands between.
/// </summary>
internal static class Downing
{
    /// <summary>True when it is safe.</summary>
    /// <param name="voterCount">Members with a vote, the suspect included where it has one.</param>
    /// <param name="lostCount">Those of them that are do not listen now, the suspect included.</param>
    internal static bool IsSafe(int voterCount, int lostCount) => (voterCount - lostCount) * 2 > voterCount;

    /// <summary>True when the kernel that refused is the one we run on.</summary>
    /// <param name="self">This member's host.</param>
    /// <param name="other">The suspect's host.</param>
    internal static bool IsSameMachine(string self, string other) =>
        self == other || (IPAddress.TryParse(other, out var address) && IPAddress.IsLoopback(address));
}
