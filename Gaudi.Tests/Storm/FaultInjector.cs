namespace Gaudi.Tests.Storm;

/// <summary>Makes faults, one at a time, and knows when each has healed.</summary>
/// <param name="cluster">What is hurt.</param>
/// <param name="history">Told when a fault begins and heals.</param>
/// <param name="options">Clients and patience.</param>
/// <param name="time">Owner of the waits.</param>
internal sealed class FaultInjector(StormCluster cluster, StormHistory history, StormOptions options, TimeProvider time)
{
    private readonly TimeSpan _patience = TimeSpan.FromSeconds(options.PatienceSeconds);

    /// <summary>
    /// Makes a fault and waits until it has healed: the group serves, and every client had the end of an answer since, so that no
    /// answer meets two faults.
    /// </summary>
    /// <exception cref="TimeoutException">It did not heal; the message says what was missing.</exception>
    internal async Task RunAsync(PlannedFault fault, CancellationToken stop)
    {
        await Task.Delay(fault.AfterMs, stop).ConfigureAwait(false);
        var pid = await TargetAsync(fault, stop).ConfigureAwait(false);
        var healed = ServesAgainAsync(fault, stop);
        history.Add(StormEventKind.FaultBegun, begun => begun with
        {
            Fault = fault.Number, Class = StormOptions.NameOf(fault.Class), Pid = pid,
        });
        await MakeAsync(fault, pid, stop).ConfigureAwait(false);
        await healed.ConfigureAwait(false);
        await cluster.WholeAsync($"after fault {fault.Number} ({StormOptions.NameOf(fault.Class)})", stop).ConfigureAwait(false);
        await FlowsAsync($"after fault {fault.Number} ({StormOptions.NameOf(fault.Class)}) the end of an answer for every client", stop)
            .ConfigureAwait(false);
        history.Add(StormEventKind.FaultHealed, one => one with { Fault = fault.Number, Class = StormOptions.NameOf(fault.Class) });
    }

    /// <summary>Waits until every client has had the end of an answer from now on.</summary>
    internal async Task FlowsAsync(string what, CancellationToken stop)
    {
        var answered = new HashSet<long>();
        await StormWait.ForAsync(history, happened =>
        {
            if (happened.Kind == StormEventKind.Finished)
                answered.Add(happened.Request!.Value / StormClient.NumbersOfClient);
            return answered.Count == options.ClientCount;
        }, _patience, what, time, stop).ConfigureAwait(false);
    }

    // Node a is the clients' gateway.
    private static int NodeOf(PlannedFault fault) => fault.Rank + 1;

    private async Task<int?> TargetAsync(PlannedFault fault, CancellationToken stop) => fault.Class switch
    {
        FaultClass.Kill or FaultClass.Stop or FaultClass.Register => await cluster.WorkerOfAsync(fault.Rank, stop).ConfigureAwait(false),
        FaultClass.Node => cluster.NodeOf(NodeOf(fault)).Pid,
        _ => null,
    };

    private async Task MakeAsync(PlannedFault fault, int? pid, CancellationToken stop)
    {
        switch (fault.Class)
        {
            case FaultClass.Kill or FaultClass.Node:
                Signals.Send(pid!.Value, Signals.Kill);
                break;
            case FaultClass.Stop:
                Signals.Send(pid!.Value, Signals.Stop);
                break;
            case FaultClass.Register:
                Order("register-throw");
                Signals.Send(pid!.Value, Signals.Kill);
                break;
            case FaultClass.Throw:
                Order("step-throw");
                break;
            case FaultClass.Abort:
                Order("step-exit");
                break;
            case FaultClass.LaneCut:
                cluster.Lane.Cut();
                break;
            case FaultClass.LaneStall:
                cluster.Lane.Stall();
                await LastAsync(fault, stop).ConfigureAwait(false);
                break;
            case FaultClass.Partition:
                cluster.Partition(NodeOf(fault), isCut: true);
                cluster.Lane.Stall();
                await LastAsync(fault, stop).ConfigureAwait(false);
                cluster.Partition(NodeOf(fault), isCut: false);
                break;
        }
    }

    private async Task LastAsync(PlannedFault fault, CancellationToken stop)
    {
        await Task.WhenAny(Task.Delay(fault.LastsMs, stop)).ConfigureAwait(false);
        cluster.Lane.Flow();
    }

    private void Order(string name) => File.WriteAllText(Path.Combine(cluster.OrdersFolder, name), "");

    // A stall or a partition may end before anyone gives up, and a node may have no part in the group; all else must end the epoch.
    private async Task ServesAgainAsync(PlannedFault fault, CancellationToken stop)
    {
        if (fault.Class is FaultClass.LaneStall or FaultClass.Partition or FaultClass.Node)
            return;
        await StormWait.ForAsync(
            history, happened => happened.Kind == StormEventKind.Serves, _patience,
            $"after fault {fault.Number} ({StormOptions.NameOf(fault.Class)}) a new epoch that serves", time, stop).ConfigureAwait(false);
    }
}
