using Akka.Actor;
using Gaudi.Cluster.Membership;

namespace Gaudi.Cluster.Node;

/// <summary>A worker's actor system: a member of its node's cluster with role `card`.</summary>
internal static class WorkerHost
{
    // Leaving is a courtesy to the other members; the node has seen to everything that matters.
    private static readonly TimeSpan LeaveTimeout = TimeSpan.FromSeconds(1);

    /// <summary>Runs until the node lets go.</summary>
    /// <returns>The exit code.</returns>
    internal static async Task<int> RunAsync(WorkerStart start, CancellationToken released)
    {
        var node = ActorPath.Parse(start.NodeRef).Address;
        var settings = HoconFiles.Load(AppContext.BaseDirectory, settingsFile: null, [start.Settings]);
        var system = GaudiSystem.Start(settings, node.Host, port: 0, GaudiSystem.CardRole);
        var membership = new ClusterMembership(system);
        // Not awaited: a worker is usable on the handshake with its node, member or not.
        var joined = membership.JoinAsync(node, released);
        await Console.Error.WriteLineAsync($"worker {start.CardIndex} runs");
        await Task.WhenAny(system.WhenTerminated, Task.Delay(Timeout.Infinite, released)).ConfigureAwait(false);
        await LeaveAsync(membership).ConfigureAwait(false);
        await system.Terminate().ConfigureAwait(false);
        return ExitCodes.Done;
    }

    private static async Task LeaveAsync(ClusterMembership membership)
    {
        using var timeout = new CancellationTokenSource(LeaveTimeout);
        try
        {
            await membership.LeaveAsync(timeout.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The others will see it by themselves.
        }
    }
}
