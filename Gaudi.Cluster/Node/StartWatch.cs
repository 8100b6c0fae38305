using Gaudi.Actors.Devices;
using Gaudi.Actors.Requests;

namespace Gaudi.Cluster.Node;

/// <summary>
/// Follows the start of a node that serves. What would be tried again later, when users depend on it, is final while none does.
/// </summary>
/// <param name="node">Whose workers start.</param>
/// <param name="reports">Tells whether the model is served, wherever its replica lives.</param>
/// <param name="lines">Told how it goes.</param>
internal sealed class StartWatch(EngineNode node, IServerReports reports, StartLines lines)
{
    private readonly TaskCompletionSource _workers = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _workerCount;

    /// <summary>Returns when this node's replica serves.</summary>
    /// <exception cref="NodeStartException">The model will not be served.</exception>
    internal async Task AloneAsync(CancellationToken cancellation)
    {
        await foreach (var happened in Events(cancellation).ConfigureAwait(false))
        {
            if (Take(happened))
                return;
        }
        throw Stopped();
    }

    /// <summary>Returns when this node's workers are there and a replica serves, here or on another node.</summary>
    /// <param name="isServed">Whether one does already.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="NodeStartException">The model will not be served.</exception>
    internal async Task AmongOthersAsync(bool isServed, CancellationToken cancellation)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var good = Task.WhenAll(isServed ? Task.CompletedTask : ServedAsync(enough.Token), _workers.Task.WaitAsync(enough.Token));
        var trouble = FollowAsync(enough.Token);
        await Task.WhenAny(good, trouble).ConfigureAwait(false);
        await enough.CancelAsync().ConfigureAwait(false);
        await trouble.ConfigureAwait(false);
        await good.ConfigureAwait(false);
    }

    private async Task FollowAsync(CancellationToken enough)
    {
        try
        {
            await foreach (var happened in Events(enough).ConfigureAwait(false))
                Take(happened);
        }
        catch (OperationCanceledException) when (enough.IsCancellationRequested)
        {
            return; // There was no trouble, or nobody waits for it any more.
        }
        throw Stopped();
    }

    private async Task ServedAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(node.Settings.Gaudi.Cluster.ReplicaAsk, TimeProvider.System);
        while (!(await reports.HealthAsync(cancellation).ConfigureAwait(false)).IsServing)
            await timer.WaitForNextTickAsync(cancellation).ConfigureAwait(false);
    }

    private IAsyncEnumerable<NodeEvent> Events(CancellationToken cancellation) =>
        new PatientEvents(node.Events, node.Settings.Gaudi.Node.News, TimeProvider.System).ReadAsync(cancellation);

    /// <returns>True when the replica of this node serves.</returns>
    private bool Take(NodeEvent happened)
    {
        switch (happened)
        {
            case NodeEvent.WorkerLost lost:
                throw new NodeStartException($"card {lost.CardIndex} cannot be served: {lost.Reason}");
            case NodeEvent.GroupChanged { Status: { IsFinal: true } status }:
                throw new NodeStartException($"the group cannot be formed: {status.Reason}");
            case NodeEvent.WorkerJoined:
                if (++_workerCount == node.Settings.Plan.CardCount)
                    _workers.TrySetResult();
                break;
        }
        lines.Tell(happened);
        return happened is NodeEvent.GroupChanged { Status.State: "serving" };
    }

    private static NodeStartException Stopped() => new("the node stopped before it served");
}
