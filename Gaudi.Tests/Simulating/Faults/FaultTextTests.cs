using Gaudi.Tests.Simulation.Faults;
using Gaudi.Tests.Simulation.World;
using Xunit;

namespace Gaudi.Tests.Simulating.Faults;

public sealed class FaultTextTests
{
    [Theory]
    [InlineData("at 12.3s crash box3/card5")]
    [InlineData("at 14s slow box0/card2 x4 for 10s")]
    [InlineData("at 20s lossy box0 box3 0.1 for 5s")]
    [InlineData("at 40s partition box0 box1 for 10s")]
    [InlineData("at 7s poison")]
    public void Line_reads_as_it_is_written(string line) => Assert.Equal(line, FaultText.Of(Assert.Single(FaultText.Read(line))));

    [Fact]
    public void Plan_is_sorted_and_comments_are_left_out()
    {
        var plan = FaultText.Read("# first\nat 9s poison\n\nat 3s crash box0/card0 # soon\n");
        Assert.Equal([FaultKind.Crash, FaultKind.Poison], plan.Select(fault => fault.Kind));
    }

    [Theory]
    [InlineData("crash box0/card0", "line 1: expected such as `at 12.3s crash box3/card5`, came `crash box0/card0` (it begins with `at`)")]
    [InlineData(
        "\nat 3 crash box0/card0",
        "line 2: expected such as `at 12.3s crash box3/card5`, came `at 3 crash box0/card0` (`3` is no time such as 12.3s)")]
    public void Line_that_is_none_is_named(string text, string problem) =>
        Assert.Equal(problem, Assert.Throws<FormatException>(() => FaultText.Read(text)).Message);

    [Fact]
    public void Drawn_plans_read_as_they_are_written_and_depend_on_the_seed_alone()
    {
        var (topology, _) = TopologyFile.Read(Path.Combine(Preset.Folder, "hls3-4x8.conf"));
        for (var seed = 0; seed < 20; seed++)
        {
            var plan = FaultDraw.Make(topology, seed, 30, TimeSpan.Zero, TimeSpan.FromSeconds(60), []);
            var text = string.Join('\n', plan.Select(FaultText.Of));
            Assert.Equal(text, string.Join('\n', FaultText.Read(text).Select(FaultText.Of)));
            var again = FaultDraw.Make(topology, seed, 30, TimeSpan.Zero, TimeSpan.FromSeconds(60), []);
            Assert.Equal(text, string.Join('\n', again.Select(FaultText.Of)));
        }
    }
}
