using Gaudi.Tests.Simulation.Cost;
using Gaudi.Tests.Simulation.World;
using Xunit;

namespace Gaudi.Tests.Simulating.Cost;

/// <summary>Collectives by the alpha-beta model, with numbers that can be followed by hand.</summary>
public sealed class AllReduceTests
{
    // 1 GB/s is a byte a nanosecond.
    private static readonly Fabric Fabric = new(Link(10, 1e9), Link(100, 0.5e9));

    private static LinkSpeed Link(double microseconds, double bytesPerSecond) =>
        new(TimeSpan.FromMicroseconds(microseconds), bytesPerSecond);

    private static GroupCard[] Cards(params int[] boxes) => [.. boxes.Select((box, rank) => new GroupCard(box, rank))];

    private static TimeSpan Us(double microseconds) => TimeSpan.FromMicroseconds(microseconds);

    [Fact]
    public void A_ring_of_four_sends_a_quarter_six_times() =>
        Assert.Equal(Us(6 * (10 + 2)), AllReduce.Ring(8000, 4, Link(10, 1e9)));

    [Theory]
    [InlineData(2, 1)]
    [InlineData(8, 3)]
    [InlineData(3, 3)]
    [InlineData(6, 4)]
    public void Doubling_sends_the_whole_a_logarithm_of_times_and_twice_more_without_a_power_of_two(int ranks, int steps) =>
        Assert.Equal(Us(steps * (10 + 8)), AllReduce.RecursiveDoubling(8000, ranks, Link(10, 1e9)));

    [Fact]
    public void Direct_sends_a_part_twice() => Assert.Equal(Us(2 * (10 + 1)), AllReduce.Direct(8000, 8, Link(10, 1e9)));

    [Fact]
    public void Two_boxes_of_four_scatter_inside_and_add_quarters_between() =>
        // Inside 2 (10 + 8000/4 ns); between: quarters of 2000 bytes in a ring of two, 2 (100 + 1000 bytes at 2 ns).
        Assert.Equal(Us((2 * (10 + 2)) + (2 * (100 + 2))), AllReduce.Hierarchical(8000, 4, 2, Fabric));

    [Fact]
    public void One_rank_adds_nothing() =>
        Assert.Equal((TimeSpan.Zero, AllReduceWay.None), AllReduce.Best(1e6, Cards(0), Fabric));

    [Theory]
    [InlineData(100)]
    [InlineData(1_000_000)]
    public void Two_ranks_send_each_other_the_whole(int bytes) =>
        Assert.Equal(
            (AllReduce.RecursiveDoubling(bytes, 2, Fabric.InBox), AllReduceWay.RecursiveDoubling),
            AllReduce.Best(bytes, Cards(0, 0), Fabric));

    [Fact]
    public void Eight_ranks_of_a_box_use_all_their_links_at_once() =>
        Assert.Equal(AllReduceWay.Direct, AllReduce.Best(1e6, Cards(0, 0, 0, 0, 0, 0, 0, 0), Fabric).Way);

    [Fact]
    public void Large_vectors_over_boxes_go_by_hierarchy() =>
        Assert.Equal(AllReduceWay.Hierarchical, AllReduce.Best(1e7, Cards(0, 0, 0, 0, 1, 1, 1, 1), Fabric).Way);

    [Fact]
    public void Boxes_with_unequal_parts_of_the_group_have_no_hierarchy() =>
        Assert.Equal(AllReduceWay.Ring, AllReduce.Best(1e7, Cards(0, 0, 0, 1), Fabric).Way);

    [Fact]
    public void The_best_is_never_slower_than_any()
    {
        foreach (var bytes in new[] { 1.0, 1e3, 1e5, 1e7, 1e9 })
        {
            foreach (var ranks in new[] { 2, 3, 4, 8 })
            {
                var (time, _) = AllReduce.Best(bytes, Cards(new int[ranks]), Fabric);
                Assert.True(time <= AllReduce.Ring(bytes, ranks, Fabric.InBox), $"ring, {bytes} bytes, {ranks} ranks");
                Assert.True(time <= AllReduce.RecursiveDoubling(bytes, ranks, Fabric.InBox), $"doubling, {bytes} bytes, {ranks} ranks");
                Assert.True(time <= AllReduce.Direct(bytes, ranks, Fabric.InBox), $"direct, {bytes} bytes, {ranks} ranks");
            }
        }
    }
}
