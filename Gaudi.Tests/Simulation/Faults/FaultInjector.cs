using System.Collections.Immutable;
using System.Diagnostics;
using Gaudi.Tests.Simulation.Engine;
using Gaudi.Tests.Simulation.Load;
using Gaudi.Tests.Simulation.World;

namespace Gaudi.Tests.Simulation.Faults;

/// <summary>Does to a world what a plan says.</summary>
internal sealed class FaultInjector(SimWorld world)
{
    // A worker of a crash loop ends so long after it was seen to live.
    private static readonly TimeSpan LoopPeriod = TimeSpan.FromMilliseconds(300);

    private int _poisonCount;

    /// <summary>Faults done so far.</summary>
    internal int DoneCount { get; private set; }

    /// <summary>Plans all of them.</summary>
    internal void Plan(ImmutableArray<Fault> faults)
    {
        foreach (var fault in faults)
            world.Engine.After(fault.At - world.Engine.Now, () => Do(fault));
    }

    private void Do(Fault fault)
    {
        DoneCount++;
        world.Trace.Write("fault", $"\"what\":{TraceLog.Text(FaultText.Of(fault))}");
        switch (fault.Kind)
        {
            case FaultKind.Crash:
                WorkerOf(fault)?.Crash("a fault of the plan");
                break;
            case FaultKind.Hang:
                ForAWhile(fault, (worker, isOn) => worker.Hang(isOn));
                break;
            case FaultKind.Slow:
                ForAWhile(fault, (worker, isOn) => worker.SlowFactor = isOn ? fault.Factor : 1);
                break;
            case FaultKind.LinkDown:
                Part(fault, [fault.Boxes[1]]);
                break;
            case FaultKind.Lossy:
                world.Network.Lose(fault.Boxes[0], fault.Boxes[1], fault.Factor);
                After(fault, () => world.Network.Lose(fault.Boxes[0], fault.Boxes[1], 0));
                break;
            case FaultKind.BoxDown:
                BoxOf(fault).EndNode("its machine is gone");
                After(fault, BoxOf(fault).StartNode);
                break;
            case FaultKind.BoxPause:
                BoxOf(fault).Pause(true);
                After(fault, () => BoxOf(fault).Pause(false));
                break;
            case FaultKind.Partition:
                Part(fault, Enumerable.Range(0, world.Topology.BoxCount).Except(fault.Boxes));
                break;
            case FaultKind.PluginThrows or FaultKind.PluginHangs:
                world.Faults.Plugin(fault.Boxes[0], fault.Card, fault.Kind == FaultKind.PluginThrows ? "throws" : "hangs");
                WorkerOf(fault)?.Crash("its plugin changes");
                After(fault, () =>
                {
                    world.Faults.Plugin(fault.Boxes[0], fault.Card, null);
                    SetRight(fault);
                });
                break;
            case FaultKind.Skew:
                world.Faults.Version(fault.Boxes[0], "2.0.0");
                WorkerOf(fault)?.Crash("its plugin changes");
                After(fault, () =>
                {
                    world.Faults.Version(fault.Boxes[0], null);
                    SetRight(fault);
                });
                break;
            case FaultKind.CrashLoop:
                CrashAgain(fault);
                break;
            case FaultKind.Poison:
                world.Clients.Plan(Workload.Poisonous(++_poisonCount, world.Engine.Now));
                break;
            default:
                throw new UnreachableException($"{fault.Kind}");
        }
    }

    private SimBox BoxOf(Fault fault) => world.Boxes[fault.Boxes[0]];

    private SimWorker? WorkerOf(Fault fault) => BoxOf(fault).Workers[fault.Card];

    // Whoever put the plugin right starts the workers again that loaded the wrong one.
    private void SetRight(Fault fault)
    {
        foreach (var worker in BoxOf(fault).Workers.OfType<SimWorker>().ToArray())
            if (worker.HasRegistered && worker.PluginVersion != world.Faults.PluginVersion(worker.Box))
                worker.Crash("its plugin was put right");
    }

    private void After(Fault fault, Action action) => world.Engine.After(fault.For, () =>
    {
        world.Trace.Write("fault_over", $"\"what\":{TraceLog.Text(FaultText.Of(fault))}");
        action();
    });

    private void ForAWhile(Fault fault, Action<SimWorker, bool> change)
    {
        if (WorkerOf(fault) is not { } worker)
            return;
        change(worker, true);
        After(fault, () => change(worker, false));
    }

    // Nothing passes between the fault's boxes and these.
    private void Part(Fault fault, IEnumerable<int> others)
    {
        var sides = fault.Kind == FaultKind.LinkDown ? fault.Boxes[..1] : fault.Boxes;
        (int, int)[] pairs = [.. sides.SelectMany(one => others.Select(other => (one, other)))];
        world.Network.Cut(pairs);
        After(fault, () => world.Network.Mend(pairs));
    }

    private void CrashAgain(Fault fault)
    {
        if (world.Engine.Now > fault.Until)
            return;
        if (WorkerOf(fault) is { Process: not null } worker)
            worker.Crash("it crashes again and again");
        world.Engine.After(LoopPeriod, () => CrashAgain(fault));
    }
}
