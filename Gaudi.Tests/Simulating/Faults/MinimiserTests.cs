using System.Collections.Immutable;
using Gaudi.Tests.Simulation.Faults;
using Xunit;

namespace Gaudi.Tests.Simulating.Faults;

public sealed class MinimiserTests
{
    private static Fault At(int second) => new(TimeSpan.FromSeconds(second), FaultKind.Crash, [0], 0, TimeSpan.Zero, 0);

    [Fact]
    public void Plan_is_reduced_to_the_faults_that_are_needed_in_few_tries()
    {
        for (var seed = 0; seed < 30; seed++)
        {
            var random = new Random(seed);
            var plan = Enumerable.Range(0, 64).Select(At).ToImmutableArray();
            var needed = Enumerable.Range(0, 1 + random.Next(3)).Select(_ => random.Next(64)).Distinct().Order().Select(At).ToArray();
            var tries = 0;
            var shortest = Minimiser.Minimise(plan, part =>
            {
                tries++;
                return needed.All(one => part.Any(fault => fault.At == one.At));
            }, 1000);
            Assert.Equal(needed.Select(one => one.At), shortest.Select(one => one.At));
            Assert.True(tries <= 80, $"seed {seed}: {tries} tries");
        }
    }

    [Fact]
    public void Tries_are_limited_and_what_is_left_still_fails()
    {
        var plan = Enumerable.Range(0, 64).Select(At).ToImmutableArray();
        var tries = 0;
        var left = Minimiser.Minimise(plan, part =>
        {
            tries++;
            return part.Any(fault => fault.At == TimeSpan.FromSeconds(5));
        }, 3);
        Assert.Equal(3, tries);
        Assert.Contains(left, fault => fault.At == TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void Failing_run_is_reduced_by_running_it_again()
    {
        // No run fails today; what stands in for a failure is that a card was left out.
        var run = Preset.Run("hls3-2x8", 3, 10, """
            at 1s crash box1/card0
            at 2s crash-loop box0/card1 for 30s
            at 3s slow box0/card2 x3 for 4s
            """);
        var plan = Minimiser.Minimise(
            run.Plan, part => (run with { Plan = part }).Execute().Sightings.ContainsKey("a card is left out after too many restarts"), 20);
        Assert.Equal("at 2s crash-loop box0/card1 for 30s", FaultText.Of(Assert.Single(plan)));
    }
}
