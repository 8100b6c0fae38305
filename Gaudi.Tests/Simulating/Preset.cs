using Gaudi.Tests.Simulation;
using Gaudi.Tests.Simulation.Faults;
using Gaudi.Tests.Simulation.Load;
using Gaudi.Tests.Simulation.World;

namespace Gaudi.Tests.Simulating;

/// <summary>Runs of the topologies that come with the product.</summary>
internal static class Preset
{
    /// <summary>Where they are.</summary>
    internal static string Folder => Path.Combine(AppContext.BaseDirectory, "hocon", "topologies");

    /// <summary>A run under a plan.</summary>
    internal static SimRun Run(string topology, int seed, double seconds, string plan)
    {
        var (what, cost) = TopologyFile.Read(Path.Combine(Folder, $"{topology}.conf"));
        return new SimRun(what, cost, seed)
        {
            Plan = FaultText.Read(plan), ClientsFor = TimeSpan.FromSeconds(seconds), Load = new WorkloadSettings(3, 256, 48),
        };
    }
}
