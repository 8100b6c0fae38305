using System.Collections.Immutable;
using Akka.Actor;
using Akka.TestKit;
using Gaudi.Actors.Devices;
using Gaudi.Actors.Registry;
using Gaudi.Actors.Settings;
using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Plugins;
using Gaudi.Tests.Hpu.Ops;
using Gaudi.Tests.Hpu.Plugins;

namespace Gaudi.Tests.Actors.Devices;

/// <summary>
/// Worker "processes" inside the test's own: each has its own plugin host, registry actor and device actor. Runners are
/// fakes; cards, lanes, plugin loads and every actor are the product's.
/// </summary>
internal sealed class InProcessWorkers(ActorSystem system, GaudiSettings settings) : IWorkerLauncher
{
    private readonly InProcessCollectiveHub _lanes = new();
    private readonly Dictionary<int, IWorkerProcess> _living = [];
    private int _startCount;

    /// <summary>What the fake model holds.</summary>
    internal ModelRunnerFacts Facts { get; init; } = FakeRunner.FactsOf();

    /// <summary>The plugins of a worker's process, by card and incarnation.</summary>
    internal Func<WorkerLaunch, FakePlugins> PluginsOf { get; init; } = _ => new FakePlugins().General("ops", _ => { });

    /// <summary>Called on a rank's own thread before each step, by rank.</summary>
    internal Action<int, StepPlan> OnStep { get; set; } = (_, _) => { };

    /// <summary>The same, with the worker's process id; <see cref="Kill"/> takes it.</summary>
    internal Action<int, int, StepPlan> OnWorkerStep { get; set; } = (_, _, _) => { };

    /// <summary>Called on a rank's own thread instead of loading; null loads.</summary>
    internal Func<int, Exception?> OnLoad { get; set; } = _ => null;

    /// <summary>What the platform makes of a model, on a rank's own thread.</summary>
    internal Func<PluginLoad, ModelRunnerSettings, ModelRunnerSettings> OnFit { get; set; } = (_, model) => model;

    /// <summary>How ranks reach the blocks of other groups' ranks.</summary>
    internal ITransferLaneFactory Transfers { get; init; } = new InProcessTransferLanes();

    /// <summary>KV connectors that are registered in tree.</summary>
    internal ImmutableArray<Type> Connectors { get; init; } = [];

    /// <summary>What tells this model from others.</summary>
    internal string ModelDigest { get; init; } = "fake";

    /// <summary>What was loaded, in order, as the platform fitted it.</summary>
    internal List<ModelRunnerSettings> Loaded { get; } = [];

    /// <summary>Every runner made so far.</summary>
    internal List<FakeRunner> Runners { get; } = [];

    /// <summary>Every device actor started so far.</summary>
    internal List<IActorRef> Devices { get; } = [];

    /// <summary>Ends a worker as SIGKILL does.</summary>
    internal void Kill(int pid)
    {
        IWorkerProcess worker;
        lock (_living)
            worker = _living[pid];
        worker.Kill();
    }

    internal PluginHost Host(WorkerLaunch launch) => new PluginWorld(PluginsOf(launch))
    {
        InTreeOps = [typeof(ProbeOp), typeof(OtherOp), .. Connectors],
        Simulate = new SimulatedCardSettings(CardGeneration.Gaudi3, 8, 1L << 30),
    }.Host();

    public IWorkerProcess Launch(WorkerLaunch launch, Action<WorkerExit> exited)
    {
        var pid = 1000 + Interlocked.Increment(ref _startCount);
        var node = ((ExtendedActorSystem)system).Provider.ResolveActorRef(launch.NodeRef);
        var host = Host(launch);
        var worker = new Worker(pid, exited);
        var device = Start(new WorkerIdentity(launch.CardIndex, launch.Incarnation, launch.Token, pid), host, node, worker.Leave);
        worker.Device = device;
        lock (_living)
            _living[pid] = worker;
        return worker;
    }

    /// <summary>A device actor and its registry, as a worker root makes them.</summary>
    internal IActorRef Start(WorkerIdentity identity, PluginHost host, IActorRef node, Action<string> leave)
    {
        var registry = system.ActorOf(Props.Create(() => new OpRegistryActor(host)));
        var parts = new DeviceParts(identity, settings, registry, node, _lanes, (load, model, _) => OnFit(load, model),
            (model, card, ops, lane) => Load(identity, model, lane), leave)
        {
            Transfers = Transfers, DigestModel = _ => ModelDigest,
        };
        var device = system.ActorOf(Props.Create(() => new DeviceActor(parts)));
        lock (Devices)
            Devices.Add(device);
        return device;
    }

    private IModelRunner Load(WorkerIdentity identity, ModelRunnerSettings model, ICollective lane)
    {
        lock (Loaded)
            Loaded.Add(model);
        if (OnLoad(lane.Rank) is { } failure)
            throw failure;
        return Made(new FakeRunner(Facts, lane, plan =>
        {
            OnStep(lane.Rank, plan);
            OnWorkerStep(identity.Pid, lane.Rank, plan);
        }) { ChecksLoras = true });
    }

    private FakeRunner Made(FakeRunner runner)
    {
        lock (Runners)
            Runners.Add(runner);
        return runner;
    }

    private sealed class Worker(int pid, Action<WorkerExit> exited) : IWorkerProcess
    {
        private int _hasEnded;

        internal IActorRef? Device { get; set; }

        public int Pid { get; } = pid;

        public void Stop() => End(new WorkerExit(Pid, 0, null, ""));

        public void Kill() => End(new WorkerExit(Pid, null, 9, ""));

        internal void Leave(string reason) => End(new WorkerExit(Pid, 70, null, reason));

        private void End(WorkerExit exit)
        {
            if (Interlocked.Exchange(ref _hasEnded, 1) != 0)
                return;
            if (Device is not null)
                ((IInternalActorRef)Device).Stop();
            exited(exit);
        }
    }
}
