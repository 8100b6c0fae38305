using System.Collections.Immutable;
using Akka.Configuration;
using Gaudi.Actors.Devices;
using Gaudi.Actors.Requests;
using Gaudi.Actors.Settings;
using Gaudi.Actors.TensorParallel;
using Gaudi.Hpu.Execution;
using Gaudi.Tests.Simulation.Checks;
using Gaudi.Tests.Simulation.Cost;
using Gaudi.Tests.Simulation.Engine;
using Gaudi.Tests.Simulation.Faults;
using Gaudi.Tests.Simulation.Load;

namespace Gaudi.Tests.Simulation.World;

/// <summary>A topology in virtual time: its machines, what joins them, and everything that is known of them.</summary>
internal sealed class SimWorld : IDisposable
{
    /// <summary>What is served.</summary>
    internal const string Model = "simulated";

    private const double JitterMax = 0.05;

    private readonly ulong _seed;
    private readonly Dictionary<string, ReplicaStanding> _standings = new(StringComparer.Ordinal);
    private readonly ModelRunnerSettings _model;
    private long _secretCount;
    private int _pidCount = 1000;

    /// <summary>Makes the world; its nodes start with the first run.</summary>
    /// <param name="topology">What there is.</param>
    /// <param name="cost">What work costs.</param>
    /// <param name="seed">Decides every choice.</param>
    /// <param name="file">Gets the trace; null for none.</param>
    internal SimWorld(Topology topology, IStepCost cost, int seed, TextWriter? file = null)
    {
        (Topology, Cost, Seed, _seed) = (topology, cost, seed, TokenChain.Mix((ulong)seed + 77));
        var chain = ConfigurationFactory.ParseString(topology.Overrides)
            .WithFallback(ConfigurationFactory.ParseString(
                $"gaudi {{ group.tensor-parallel-size = {topology.WorldSize}, replicas.data-parallel-size = {topology.ReplicaCount} }}"))
            .WithFallback(ConfigurationFactory.ParseString(
                File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "hocon", "reference.conf"))));
        Settings = GaudiSettings.Load(chain);
        Engine = new SimEngine(seed) { EndKnownAfter = topology.Timings.MemberLost };
        Time = new SimTime(Engine);
        Trace = new TraceLog(Engine, file);
        Checks = new Invariants(Trace);
        System = new SimSystem(Engine, chain);
        Network = new Network(System, topology, seed);
        Engine.Links = Network;
        Lanes = new Lanes(this);
        Membership = new Membership(this);
        Network.Changed = () =>
        {
            Membership.Changed();
            Lanes.Recheck();
            Engine.SendHeld();
        };
        ReplicaIds = [.. Enumerable.Range(0, topology.ReplicaCount).Select(index => $"{Model}/{index}")];
        Homes = new ReplicaHomes(ReplicaIds, topology.BoxCount);
        _model = Settings.Model.ForFolder("/models/simulated", Settings.Scheduler, null) with
        {
            KvBlockCount = topology.KvBlockCount, MaxModelLen = topology.MaxModelLen,
        };
        Sightings = new Sightings(this);
        Running = new RunningChecks(this);
        Clients = new SimClients(this);
        Boxes = [.. Enumerable.Range(0, topology.BoxCount).Select(index => new SimBox(this, index))];
        Engine.After(TimeSpan.Zero, () =>
        {
            foreach (var box in Boxes)
                box.StartNode();
        });
    }

    internal Topology Topology { get; }

    internal IStepCost Cost { get; }

    internal int Seed { get; }

    internal GaudiSettings Settings { get; }

    internal SimEngine Engine { get; }

    internal SimTime Time { get; }

    internal TraceLog Trace { get; }

    internal Invariants Checks { get; }

    internal Sightings Sightings { get; }

    internal RunningChecks Running { get; }

    internal SimSystem System { get; }

    internal Network Network { get; }

    internal Lanes Lanes { get; }

    internal Membership Membership { get; }

    internal ReplicaHomes Homes { get; }

    internal ImmutableArray<string> ReplicaIds { get; }

    internal ImmutableArray<SimBox> Boxes { get; }

    internal SimClients Clients { get; }

    internal FaultState Faults { get; } = new();

    /// <summary>Steps that were complete on every rank.</summary>
    internal long StepCount { get; private set; }

    /// <summary>How each replica is, as it said last.</summary>
    internal IReadOnlyDictionary<string, ReplicaStanding> Standings => _standings;

    /// <summary>True where so many cards are left out that some group can have none.</summary>
    internal bool CardsAreTooFew =>
        Boxes.Sum(box => box.IsUp ? box.Workers.Count(one => one is { Process.IsDead: false }) : 0)
        < Topology.ReplicaCount * Topology.WorldSize;

    /// <summary>A secret that no one had before.</summary>
    internal string NextSecret() => $"secret {++_secretCount}";

    /// <summary>A process id that no one had before.</summary>
    internal int NextPid() => ++_pidCount;

    /// <summary>What a replica works with at a box.</summary>
    internal ReplicaParts PartsOf(string replicaId, int box) => new(
        replicaId, new TpSupervisorParts(replicaId, _model, Settings.Group, Boxes[box].Inventory!, NextSecret), Settings.Scheduler,
        new UnusedForms(), happened => Tell(box, happened))
    {
        Time = Time,
    };

    /// <summary>A node announces something.</summary>
    internal void Tell(int box, NodeEvent happened)
    {
        if (happened is NodeEvent.GroupChanged { Status: var status })
            _standings[status.ReplicaId] = new ReplicaStanding(status.State, status.Reason, status.Epoch, status.IsFinal, box, Engine.Now);
        var row = EventRows.Of(0, Time.GetUtcNow(), Topology.BoxName(box), happened, 0);
        Trace.Write(
            row.Kind, $"\"node\":{box},\"card\":{row.Card ?? -1},\"group\":{TraceLog.Text(row.Group ?? "")},\"epoch\":{row.Epoch ?? 0},"
            + $"\"reason\":{TraceLog.Text(row.Reason)}");
        Sightings.Hear(box, happened);
        Running.Hear(box, happened);
    }

    /// <summary>A worker's process has ended.</summary>
    internal void Ended(SimWorker worker, WorkerExit? exit)
    {
        Trace.Write("worker_ended", $"\"box\":{worker.Box},\"card\":{worker.Card},\"code\":{exit?.ExitCode ?? -(exit?.Signal ?? 0)}");
        Sightings.Lost(worker);
        Boxes[worker.Box].Forget(worker);
    }

    /// <summary>How long a step takes.</summary>
    internal TimeSpan CostOf(LaneGroup group, int groupIndex, StepPlan plan, IReadOnlyList<SimWorker?> members)
    {
        Running.Started(group, plan);
        var cards = members.Select(one => one!.Place).ToArray();
        var jitter = TokenChain.Mix(_seed ^ ((ulong)groupIndex << 48) ^ ((ulong)group.Epoch << 32) ^ (ulong)plan.StepNumber);
        var factor = members.Max(one => one!.SlowFactor) * (1 + JitterMax * (jitter >> 11) / (1UL << 53));
        return TimeSpan.FromTicks((long)(Cost.Of(StepShapes.Of(plan), cards).Ticks * factor));
    }

    /// <summary>The rank that a request of this plan brings down; null for none.</summary>
    internal int? PoisonIn(StepPlan plan)
    {
        if (Faults.PoisonSeeds.Count == 0)
            return null;
        foreach (var step in plan.Sequences)
            if (step.Sampling is { } sampling && Faults.PoisonSeeds.Contains(sampling.Seed))
                return (int)(sampling.Seed % Topology.WorldSize);
        return null;
    }

    /// <summary>A step is complete on every rank.</summary>
    internal void StepDone(LaneGroup group, StepPlan plan)
    {
        StepCount++;
        Checks.Stepped(group);
        foreach (var worker in group.Members)
            worker!.HasStepped = true;
        Trace.Write("step", $"\"group\":{TraceLog.Text(group.GroupId)},\"epoch\":{group.Epoch},\"step\":{plan.StepNumber}");
    }

    public void Dispose()
    {
        System.Dispose();
        Trace.Dispose();
    }
}
