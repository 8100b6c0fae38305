using System.Net;
using Akka.Actor;
using Akka.Configuration;
using Gaudi.Cluster.Membership;

namespace Gaudi.Cluster.Node;

/// <summary>A node without HTTP: its actor system, its membership, its workers. Disposing it stops all of them.</summary>
internal sealed class EngineNode : IAsyncDisposable
{
    // Time for a worker that was asked to leave; one that is stopped by SIGSTOP is killed after it.
    private static readonly TimeSpan WorkerStopGrace = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan JoinTimeout = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LeaveTimeout = TimeSpan.FromSeconds(2);

    private EngineNode(ActorSystem system, ClusterMembership membership, WorkerLauncher workers) =>
        (Actors, Membership, Workers) = (system, membership, workers);

    /// <summary>Named `gaudi`, with role `engine`.</summary>
    internal ActorSystem Actors { get; }

    /// <summary>This node's place in the cluster.</summary>
    internal ClusterMembership Membership { get; }

    /// <summary>Starts and minds this node's workers.</summary>
    internal WorkerLauncher Workers { get; }

    /// <summary>Starts the actor system and joins, or starts a cluster of its own. Starts no worker.</summary>
    /// <param name="options">Where to listen, whom to join.</param>
    /// <param name="settings">The whole chain.</param>
    /// <param name="workerSettings">HOCON for the workers, over the defaults.</param>
    /// <param name="roles">Of this member.</param>
    /// <param name="log">Where the workers' lines go.</param>
    /// <param name="cancellation">Ends the start.</param>
    /// <exception cref="NodeStartException">The address cannot be listened on, or the seed does not answer.</exception>
    internal static async Task<EngineNode> StartAsync(
        NodeOptions options, Config settings, string workerSettings, string[] roles, TextWriter log, CancellationToken cancellation)
    {
        CheckHosts(options);
        var system = GaudiSystem.Start(settings, options.ClusterHost, options.ClusterPort, roles);
        var program = Path.Combine(AppContext.BaseDirectory, "gaudi");
        var node = new EngineNode(
            system, new ClusterMembership(system),
            new WorkerLauncher(new WorkerLauncherSettings(program, workerSettings, WorkerStopGrace, log), TimeProvider.System));
        try
        {
            await node.JoinAsync(options.Seed, cancellation).ConfigureAwait(false);
            return node;
        }
        catch
        {
            await node.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        // Workers first: while their node is a member they can say goodbye.
        await Workers.DisposeAsync().ConfigureAwait(false);
        using var timeout = new CancellationTokenSource(LeaveTimeout);
        try
        {
            await Membership.LeaveAsync(timeout.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The other nodes will see it by themselves.
        }
        await Actors.Terminate().ConfigureAwait(false);
    }

    private async Task JoinAsync(HostPort? seed, CancellationToken cancellation)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timeout.CancelAfter(JoinTimeout);
        try
        {
            await (seed is null
                ? Membership.StartOwnAsync(timeout.Token)
                : Membership.JoinAsync(GaudiSystem.AddressOf(seed), timeout.Token)).ConfigureAwait(false);
        }
        catch (Exception problem) when (!cancellation.IsCancellationRequested && ClusterMembership.IsRefusal(problem))
        {
            throw new NodeStartException(
                $"expected a Gaudi node at {seed}, but none let this one in within {JoinTimeout.TotalSeconds:F0} s; "
                + "start it with `gaudi serve --cluster-port PORT`, and give its --cluster-host and --cluster-port here as --seed");
        }
    }

    /// <summary>Members reach each other by the address they listen on: one that listens on loopback meets nobody elsewhere.</summary>
    private static void CheckHosts(NodeOptions options)
    {
        if (options.Seed is { } seed && IsLoopback(options.ClusterHost) && !IsLoopback(seed.Host))
            throw new NodeStartException(
                $"expected an address that {seed} can reach this node at, came {options.ClusterHost}; give it with --cluster-host");
    }

    private static bool IsLoopback(string host) =>
        host == "localhost" || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
}
