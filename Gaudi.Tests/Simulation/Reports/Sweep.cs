using Gaudi.Tests.Simulation.Cost;
using Gaudi.Tests.Simulation.World;

namespace Gaudi.Tests.Simulation.Reports;

/// <summary>A run for each number of spare cards a box.</summary>
internal sealed class Sweep(SimOptions options, TextWriter output)
{
    /// <summary>Runs them, and writes a table and a chart.</summary>
    internal int Run(Topology topology, IStepCost cost, string what, Func<Topology, IStepCost, int, SimRun> runOf) =>
        throw new FormatException($"sweeps are not built yet: {what} {options.Seed} {output} {topology} {cost} {runOf}");
}
