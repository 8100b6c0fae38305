using Akka.Actor;
using Gaudi.Actors.Devices;
using Gaudi.Actors.Registry;
using Gaudi.Hpu;
using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Plugins;

namespace Gaudi.Tests.Simulation.World;

/// <summary>The actors of a worker process, as the product's worker root makes them, with simulated cards and runners.</summary>
internal static class WorkerActors
{
    /// <summary>Starts them.</summary>
    internal static void Start(SimWorld world, SimWorker worker, IActorContext root)
    {
        var host = Host(world, worker);
        Func<Func<PluginLoad>, Task<PluginLoad>> beside = load => Beside(world, worker, load);
        var registry = root.ActorOf(Props.Create<OpRegistryActor>(host, beside), "ops");
        var launch = worker.Launch;
        var node = world.System.Actors.Provider.ResolveActorRef(launch.NodeRef);
        var parts = new DeviceParts(
            new WorkerIdentity(launch.CardIndex, launch.Incarnation, launch.Token, worker.Pid), world.Settings, registry, node, worker,
            (_, model, _) => model, (model, card, table, lane) => Load(world, worker, model, card, lane), worker.Leave)
        {
            DigestModel = _ => "simulated",
        };
        root.ActorOf(Props.Create<DeviceActor>(parts), "device");
    }

    private static PluginHost Host(SimWorld world, SimWorker worker) => new(
        new PluginHostSettings(
            new Dictionary<string, string>(), AppContext.BaseDirectory, world.Settings.Plugins.OnFailure, false, null,
            new SimulatedCardSettings(
                world.Topology.Generation, world.Topology.CardCounts[worker.Box], world.Topology.CardMemoryBytes),
            world.Settings.Ops.CustomOps, world.Settings.Ops.Disable)
        {
            Config = world.Settings.ForPlatform(),
        },
        world.Time, _ => { },
        PluginHostSeams.InOneProcess with
        {
            Source = new SimPlugins(
                world.Faults.PluginVersion(worker.Box), world.Faults.PluginThrows(worker.Box, worker.Card),
                version => worker.PluginVersion = version),
            InTreeOps = InTree.Ops,
        });

    // What runs beside a mailbox in the product takes virtual time here, and comes back in its order.
    private static Task<PluginLoad> Beside(SimWorld world, SimWorker worker, Func<PluginLoad> load)
    {
        var done = new TaskCompletionSource<PluginLoad>();
        if (world.Faults.PluginHangs(worker.Box, worker.Card))
            return done.Task;
        world.Engine.After(world.Topology.Timings.PluginLoad, () =>
        {
            if (worker.Process is not { IsDead: false } process)
                return;
            world.Engine.Current = process;
            var loaded = load();
            worker.HasRegistered = true;
            done.SetResult(loaded);
            world.Engine.Current = world.Engine.World;
        });
        return done.Task;
    }

    private static SimRunner Load(SimWorld world, SimWorker worker, ModelRunnerSettings model, ICard card, ICollective lane)
    {
        Invariant.That(worker.HasRegistered, $"{worker.Endpoint} builds a model before its plugins have registered");
        worker.Load(lane.Rank, lane.WorldSize);
        return new SimRunner(world, worker, model, card, (SimLane)lane);
    }

    private static class InTree
    {
        internal static readonly System.Collections.Immutable.ImmutableArray<Type> Ops = OpRegistry.OpsOf(typeof(OpRegistry).Assembly);
    }
}
