using System.Net;

namespace Gaudi.Tests.Storm;

/// <summary>What a node of a storm is set to beside its defaults, each with the reason.</summary>
internal static class StormSettings
{
    /// <summary>KEY=VALUE each.</summary>
    /// <param name="proxy">Between the ranks.</param>
    /// <param name="partitionFile">Names the hosts that the node is cut off from.</param>
    internal static IReadOnlyList<string> Of(IPEndPoint proxy, string partitionFile) =>
    [
        "gaudi.faults.enabled=on",
        $"gaudi.faults.lane-proxy=\"{proxy}\"",
        $"gaudi.faults.partition-file=\"{partitionFile}\"",
        // A card that dies once a minute for an hour is what the budget is for; a storm is worse on purpose.
        "gaudi.workers.restarts-max=100000",
        "gaudi.workers.restart-longest-ms=1000",
        // A worker whose plugin failed has another op table, and must not join the group in place of the one that died.
        "gaudi.plugins.on-failure=stop",
    ];
}
