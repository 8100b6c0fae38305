using Gaudi.Actors.Devices;
using Gaudi.Actors.Requests;

namespace Gaudi.Cluster.Node;

/// <summary>
/// Follows the start of a node that serves. What would be tried again later, when users depend on it, is final while none does.
/// </summary>
/// <param name="node">Whose workers start.</param>
/// <param name="reports">Tells whether the model is served, wherever its replica lives.</param>
/// <param name="lines">Told how it goes.</param>
/// <param name="givingUp">Sees every event.</param>
internal sealed class StartWatch(EngineNode node, IServerReports reports, StartLines lines, GivingUp givingUp)
{
    private readonly TaskCompletionSource _workers = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HashSet<string> _serving = new(StringComparer.Ordinal);
    private int _workerCount;

    /// <summary>Returns when every replica serves.</summary>
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

    /// <returns>True when every replica serves.</returns>
    private bool Take(NodeEvent happened)
    {
        switch (happened)
        {
            case NodeEvent.WorkerLost lost:
                throw new NodeStartException($"card {lost.CardIndex} cannot be served: {lost.Reason}");
            case NodeEvent.GroupChanged { Status: { IsFinal: true } final }:
                throw new NodeStartException($"the group cannot be formed: {final.Reason}");
            case NodeEvent.GroupChanged { Status: { State: "serving" } status }:
                _serving.Add(status.ReplicaId);
                break;
            case NodeEvent.GroupChanged { Status: var status }:
                _serving.Remove(status.ReplicaId);
                break;
            case NodeEvent.WorkerJoined:
                if (++_workerCount == node.Settings.Plan.CardCount)
                    _workers.TrySetResult();
                break;
        }
        givingUp.See(happened);
        lines.Tell(happened);
        return _serving.Count == node.Settings.Gaudi.Replicas.Count;
    }

    private static NodeStartException Stopped() => new("the node stopped before it served");
}
