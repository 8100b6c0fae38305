using System.Collections.Immutable;
using Gaudi.Actors.Protocols;
using Gaudi.Tests.Simulation.Checks;
using Gaudi.Tests.Simulation.Cost;
using Gaudi.Tests.Simulation.Faults;
using Gaudi.Tests.Simulation.Load;
using Gaudi.Tests.Simulation.World;

namespace Gaudi.Tests.Simulation;

/// <summary>One run: a topology, its cost, a load and a plan of faults under one seed.</summary>
internal sealed record SimRun(Topology Topology, IStepCost Cost, int Seed)
{
    // Nodes start, workers join and groups form before the first request.
    private static readonly TimeSpan Warmup = TimeSpan.FromSeconds(20);

    // The longest backoff of a worker, its start, and the load of its weights fit in twice.
    private static readonly TimeSpan HealBound = TimeSpan.FromSeconds(150);

    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(1);

    /// <summary>What clients ask for.</summary>
    internal WorkloadSettings Load { get; init; } = new(2, 256, 64);

    /// <summary>How long clients come.</summary>
    internal TimeSpan ClientsFor { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>What goes wrong. Moments count from the first client on.</summary>
    internal ImmutableArray<Fault> Plan { get; init; } = [];

    /// <summary>Gets the trace; null for none.</summary>
    internal TextWriter? Trace { get; init; }

    /// <summary>Runs it on this thread.</summary>
    internal SimResult Execute()
    {
        using var world = new SimWorld(Topology, Cost, Seed, Trace);
        var settings = Load with { TokensMax = Math.Min(Load.TokensMax, Topology.MaxModelLen) };
        foreach (var request in Workload.Make(settings, Seed, Warmup, Warmup + ClientsFor))
            world.Clients.Plan(request);
        var injector = new FaultInjector(world);
        injector.Plan([.. Plan.Select(one => one with { At = one.At + Warmup })]);
        var availability = new AvailabilityWatch(world, Warmup, Warmup + ClientsFor);
        world.Engine.RunUntil(Warmup + ClientsFor, () => world.Checks.Violations.Count > 0);
        Settle(world, Plan.IsEmpty ? TimeSpan.Zero : Warmup + Plan.Max(one => one.Until));
        return Result(world, availability);
    }

    // Clients have come and faults are over, or will be: everything heals, and every answer ends.
    private void Settle(SimWorld world, TimeSpan lastFault)
    {
        var bound = (world.Engine.Now > lastFault ? world.Engine.Now : lastFault) + HealBound;
        var final = new FinalChecks(world);
        while (world.Checks.Violations.Count == 0 && world.Engine.Now < bound && (world.Engine.Now <= lastFault || !final.IsQuiet))
            world.Engine.RunUntil(world.Engine.Now + Slice);
        if (world.Checks.Violations.Count == 0)
            final.Look(Plan.IsEmpty);
    }

    private SimResult Result(SimWorld world, AvailabilityWatch availability)
    {
        var over = world.Clients.Over;
        var first = over.Where(one => one.First is not null).Select(one => (one.First!.Value - one.Opened).TotalSeconds).Order();
        return new SimResult
        {
            Seed = Seed,
            Availability = availability.Part,
            Digest = world.Trace.Digest(),
            Violations = [.. world.Checks.Violations],
            Plan = Plan,
            Sightings = world.Sightings.Seen.ToImmutableSortedDictionary(StringComparer.Ordinal),
            Looks = world.Checks.Looks.ToImmutableSortedDictionary(StringComparer.Ordinal),
            Endings = world.Clients.Endings.ToImmutableSortedDictionary(StringComparer.Ordinal),
            RequestCount = over.Count,
            StepCount = world.StepCount,
            TokenCount = world.Clients.TokenCount,
            RunCount = world.Engine.RunCount,
            EventCount = world.Engine.FiredCount,
            CarriedCount = world.Network.CarriedCount,
            SerialisedCount = world.Network.SerialisedCount,
            Virtual = world.Engine.Now,
            ClientsFor = ClientsFor,
            FirstTokenSeconds = [.. first],
            GapSeconds = [.. world.Clients.GapSeconds.Select(one => (double)one).Order()],
            DelayedCount = over.Count(one => one.LongestGap.TotalSeconds > 2 || one.First - one.Opened > TimeSpan.FromSeconds(2)),
            LongestQueue = $"{world.Engine.LongestQueue.Count} at {world.Engine.LongestQueue.Of}",
            LastLines = [.. world.Trace.Newest],
        };
    }
}
