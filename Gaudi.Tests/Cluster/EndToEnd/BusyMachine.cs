using System.Text.RegularExpressions;

namespace Gaudi.Tests.Cluster.EndToEnd;

/// <summary>What a machine that does much else at once adds to the log of a program that is well.</summary>
internal static partial class BusyMachine
{
    /// <summary>True for Akka's warning that it could not send a heartbeat in time.</summary>
    internal static bool IsWarning(string line) => LateHeartbeat().IsMatch(line);

    [GeneratedRegex(@"^(\[card \d+\] )?warning: Cluster Node \[[^\]]*\] - Scheduled sending of heartbeat was delayed\.")]
    private static partial Regex LateHeartbeat();
}
