using Gaudi.Tests.Storm;
using Xunit;
using Xunit.Abstractions;

namespace Gaudi.Tests.Cluster.Faults;

/// <summary>A minute of `run.sh storm`: eight clients, real processes, real faults; every token is the undisturbed run's.</summary>
[Collection(ProcessTests.Name)]
public sealed class StormTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_minute_of_faults_costs_pauses_and_no_token()
    {
        var options = new StormOptions(GaudiProgram.Path, Path.Combine(AppContext.BaseDirectory, "plugins-sample", "SampleFault"))
        {
            Minutes = 1, Seed = 20261127, RequestCount = 12,
        };
        var verdict = await new StormRun(options, TimeProvider.System, output.WriteLine).RunAsync(CancellationToken.None);
        foreach (var line in StormTable.Of(verdict))
            output.WriteLine(line);
        Assert.Empty(verdict.Violations);
        // Few, because a fault heals slowly where the machine is busy; the long run is `run.sh storm`.
        Assert.True(verdict.Faults.Count >= 2, $"{verdict.Faults.Count} faults in a minute");
        Assert.True(verdict.RequestCount >= 3 * options.ClientCount, $"{verdict.RequestCount} requests in a minute");
    }
}
