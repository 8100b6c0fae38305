using System.Collections.Immutable;
using System.Diagnostics;
using Gaudi.Tests.Simulation.Checks;
using Gaudi.Tests.Simulation.Cost;
using Gaudi.Tests.Simulation.Faults;
using Gaudi.Tests.Simulation.Reports;
using Gaudi.Tests.Simulation.World;

namespace Gaudi.Tests.Simulation;

/// <summary>What the program does: a run, or a campaign, or a sweep.</summary>
/// <param name="options">What was asked.</param>
/// <param name="output">Gets the summary.</param>
/// <param name="time">Measures how long it takes; decides nothing.</param>
internal sealed class SimCommand(SimOptions options, TextWriter output, TimeProvider time)
{
    // Mailbox runs of all tries of the minimiser together: some minutes of work.
    private const long MinimiserRuns = 30_000_000;

    private static readonly TimeSpan FaultsFrom = TimeSpan.FromSeconds(1);

    /// <summary>Does it.</summary>
    /// <returns>0 where every invariant held.</returns>
    internal int Run()
    {
        var (topology, cost) = TopologyFile.Read(options.Topology, options.ModelFolder);
        return options switch
        {
            { Sweep: { } sweep } => new Sweep(options, output).Run(topology, cost, sweep, RunOf),
            { Seeds: { } seeds } => Campaign(topology, cost, seeds),
            _ => One(topology, cost),
        };
    }

    /// <summary>The run of a seed.</summary>
    internal SimRun RunOf(Topology topology, IStepCost cost, int seed)
    {
        var clients = TimeSpan.FromSeconds(options.Seconds);
        var plan = options.PlanFile is { } file
            ? FaultText.Read(File.ReadAllText(file))
            : FaultDraw.Make(topology, seed, options.FaultCount, FaultsFrom, clients, options.Kinds);
        return new SimRun(topology, cost, seed) { Load = options.Load, ClientsFor = clients, Plan = plan };
    }

    private int One(Topology topology, IStepCost cost)
    {
        var started = time.GetTimestamp();
        SimResult result;
        if (options.Output is { } folder)
        {
            Directory.CreateDirectory(folder);
            using var trace = new StreamWriter(Path.Combine(folder, "trace.ndjson"));
            result = (RunOf(topology, cost, options.Seed) with { Trace = trace }).Execute();
        }
        else
            result = RunOf(topology, cost, options.Seed).Execute();
        if (options.Output is { } written)
            Timeline.Write(Path.Combine(written, "trace.ndjson"), Path.Combine(written, "timeline.csv"));
        foreach (var line in Summary.Of(topology, result, time.GetElapsedTime(started)))
            output.WriteLine(line);
        if (!result.Violations.IsEmpty)
            TellFailure(topology, cost, result);
        output.WriteLine($"trace sha256 {result.Digest}");
        return result.Violations.IsEmpty ? 0 : 1;
    }

    private int Campaign(Topology topology, IStepCost cost, (int From, int To) seeds)
    {
        var started = time.GetTimestamp();
        var seen = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var failed = 0;
        long steps = 0;
        for (var seed = seeds.From; seed <= seeds.To; seed++)
        {
            var result = RunOf(topology, cost, seed).Execute();
            steps += result.StepCount;
            foreach (var (name, count) in result.Sightings)
                seen[name] = seen.GetValueOrDefault(name) + count;
            if (result.Violations.IsEmpty)
                continue;
            failed++;
            output.WriteLine($"seed {seed} failed");
            TellFailure(topology, cost, result);
        }
        foreach (var name in Sightings.Names)
            output.WriteLine($"{seen.GetValueOrDefault(name),8}  {name}");
        var missed = Sightings.Names.Count(name => !seen.ContainsKey(name));
        output.WriteLine(
            $"seeds {seeds.From}..{seeds.To}: {failed} failed, {missed} of {Sightings.Names.Length} interesting states not met, "
            + $"{steps} steps, {time.GetElapsedTime(started).TotalSeconds:0.0} s");
        return failed == 0 && missed == 0 ? 0 : 1;
    }

    // The shortest plan that breaks the same invariant, and how to run it again.
    private void TellFailure(Topology topology, IStepCost cost, SimResult result)
    {
        foreach (var violation in result.Violations)
            output.WriteLine($"broken: {violation}");
        foreach (var line in result.LastLines.TakeLast(12))
            output.WriteLine($"  {line.TrimEnd()}");
        var name = NameOf(result);
        var plan = Minimiser.Minimise(
            result.Plan, shorter => NameOf((RunOf(topology, cost, result.Seed) with { Plan = shorter }).Execute()) == name,
            (int)Math.Min(MinimiserRuns / (result.RunCount + 1), options.MinimiserTries));
        output.WriteLine(
            $"reproduce: ./run.sh simulate {options.Topology} --seed {result.Seed} --seconds {options.Seconds} --plan FILE, with FILE:");
        foreach (var fault in plan)
            output.WriteLine($"  {FaultText.Of(fault)}");
    }

    private static string NameOf(SimResult result) => result.Violations.IsEmpty ? "" : result.Violations[0].Split(':')[0];
}
