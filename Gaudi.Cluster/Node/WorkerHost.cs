using System.Net;
using Akka.Actor;
using Gaudi.Actors.Devices;
using Gaudi.Actors.Hosting;
using Gaudi.Actors.Settings;
using Gaudi.Cluster.Collectives;
using Gaudi.Cluster.Membership;

namespace Gaudi.Cluster.Node;

/// <summary>A worker's actor system: a member of its node's cluster with role `card`, and the card's actors in it.</summary>
internal static class WorkerHost
{
    /// <summary>Runs until the node lets go, or the card cannot be served.</summary>
    /// <returns>The exit code.</returns>
    internal static async Task<int> RunAsync(WorkerStart start, CancellationToken released)
    {
        var node = ActorPath.Parse(start.NodeRef).Address;
        var chain = HoconFiles.Parse(start.Settings, "the node's settings")
            .WithFallback(HoconFiles.Defaults(AppContext.BaseDirectory));
        var settings = GaudiSettings.Load(chain);
        using var lanes = SocketCollectiveListener.Start(
            new SocketCollectiveSettings(
                IPAddress.Parse(node.Host), Port: 0, settings.Collectives.ConnectTimeout, settings.Collectives.ConnectRetry,
                settings.Collectives.Handshake, settings.Collectives.AcceptRetry)
            {
                Proxy = settings.Faults.LaneProxy,
            },
            TimeProvider.System);
        var system = GaudiSystem.Start(chain, node.Host, port: 0, GaudiSystem.CardRole);
        var membership = new ClusterMembership(system);
        membership.AllowPartitions(settings.Faults);
        // Not awaited: a worker is usable on the handshake with its node, member or not.
        _ = membership.JoinAsync([node], released);
        var gaveUp = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        WorkerRoot.Start(
            system, new WorkerIdentity(start.CardIndex, start.Incarnation, start.Token, Environment.ProcessId), settings,
            WorkerPlugins.Create(settings, Console.Error), lanes, new SocketTransferLanes(TimeProvider.System),
            system.ActorSelection(start.NodeRef),
            Console.Error.WriteLine, reason => gaveUp.TrySetResult(reason));
        await Task.WhenAny(system.WhenTerminated, gaveUp.Task, Task.Delay(Timeout.Infinite, released)).ConfigureAwait(false);
        var exitCode = await ReasonAsync(system, gaveUp.Task, released).ConfigureAwait(false);
        await membership.LeaveAsync(settings.Node.Leave).ConfigureAwait(false);
        // A rank that hangs in native code never lets the system end; the process ends all the same.
        await Task.WhenAny(system.Terminate(), Task.Delay(settings.Node.Leave)).ConfigureAwait(false);
        return exitCode;
    }

    private static async Task<int> ReasonAsync(ActorSystem system, Task<string> gaveUp, CancellationToken released)
    {
        if (gaveUp.IsCompletedSuccessfully)
            await LastWords.SayAsync(await gaveUp.ConfigureAwait(false)).ConfigureAwait(false);
        else if (system.WhenTerminated.IsCompleted && !released.IsCancellationRequested)
            await LastWords.SayAsync("the cluster put this worker out: its node did not hear from it").ConfigureAwait(false);
        else
            return ExitCodes.Done;
        return ExitCodes.Failed;
    }
}
