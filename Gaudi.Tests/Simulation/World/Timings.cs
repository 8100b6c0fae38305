namespace Gaudi.Tests.Simulation.World;

/// <summary>What takes how long outside the product's own settings.</summary>
/// <param name="WorkerStart">From the start of a worker's process until its actors run.</param>
/// <param name="PluginLoad">A worker's plugins.</param>
/// <param name="ExitSeen">From the end of a worker's process until its node knows.</param>
/// <param name="NodeStart">From the start of a node's process until its actors run.</param>
/// <param name="MemberJoined">From then until others know it.</param>
/// <param name="Unreachable">From a cut until the two sides count each other unreachable; under Withhold.</param>
/// <param name="MemberLost">From the end of a node, or a cut, until the others count it out.</param>
/// <param name="Withhold">From a cut until a node without a majority shows no card any more; under MemberLost.</param>
/// <param name="ReplicaMoved">From then until a replica of a lost node has a new home.</param>
internal sealed record Timings(
    TimeSpan WorkerStart, TimeSpan PluginLoad, TimeSpan ExitSeen, TimeSpan NodeStart, TimeSpan MemberJoined, TimeSpan Unreachable,
    TimeSpan MemberLost, TimeSpan Withhold, TimeSpan ReplicaMoved);
