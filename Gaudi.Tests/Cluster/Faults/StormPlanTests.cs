using Gaudi.Tests.Storm;
using Xunit;

namespace Gaudi.Tests.Cluster.Faults;

/// <summary>What a storm does is decided by its options alone.</summary>
public sealed class StormPlanTests
{
    private static readonly FaultClass[] All = Enum.GetValues<FaultClass>();

    [Fact]
    public void The_same_seed_gives_the_same_faults_and_requests_and_another_seed_others()
    {
        Assert.Equal(FaultPlan.Make(3, All).Take(100), FaultPlan.Make(3, All).Take(100));
        Assert.NotEqual(FaultPlan.Make(3, All).Take(100), FaultPlan.Make(4, All).Take(100));
        Assert.Equal(StormRequest.Make(50, 3), StormRequest.Make(50, 3));
        Assert.NotEqual(StormRequest.Make(50, 3), StormRequest.Make(50, 4));
    }

    [Fact]
    public void Every_round_has_every_class_and_both_ranks_are_hit()
    {
        FaultClass[] ofRound = [.. All.Append(FaultClass.Stop).Order()];
        var faults = FaultPlan.Make(7, All).Take(ofRound.Length * 10).ToArray();
        Assert.Equal(Enumerable.Range(1, faults.Length), faults.Select(fault => fault.Number));
        Assert.All(faults.Chunk(ofRound.Length), round => Assert.Equal(ofRound, round.Select(fault => fault.Class).Order()));
        Assert.All(All, one => Assert.Equal(2, faults.Where(fault => fault.Class == one).Select(fault => fault.Rank).Distinct().Count()));
        Assert.All(faults, fault => Assert.Equal(fault.Class is FaultClass.LaneStall or FaultClass.Partition, fault.LastsMs > 0));
    }

    [Fact]
    public void Requests_are_greedy_seeded_and_constrained_and_go_to_both_endpoints()
    {
        var requests = StormRequest.Make(48, 1);
        Assert.Equal(2, requests.Select(one => one.Path).Distinct().Count());
        Assert.Equal(16, requests.Count(one => one.Body.Contains("json_schema", StringComparison.Ordinal)));
        Assert.True(requests.Count(one => one.Body.Contains("\"seed\"", StringComparison.Ordinal)) > 16);
        Assert.All(requests, one => Assert.Contains("\"return_token_ids\":true", one.Body, StringComparison.Ordinal));
    }

    [Fact]
    public void Options_are_read_and_others_refused()
    {
        var options = new StormOptions("gaudi", "plugins").With(
            ["--minutes", "0.5", "--seed", "-4", "--classes", "kill,lane-cut", "--output", "f", "--set", "a=1", "--set", "b=2"]);
        Assert.Equal((0.5, -4, "f"), (options.Minutes, options.Seed, options.Output));
        Assert.Equal([FaultClass.Kill, FaultClass.LaneCut], options.Classes);
        Assert.Equal(["a=1", "b=2"], options.Settings);
        foreach (var wrong in new[] { "--minutes 0", "--classes kil", "--colour red", "--seed", "--seed x" })
            Assert.Throws<FormatException>(() => options.With(wrong.Split(' ')));
    }
}
