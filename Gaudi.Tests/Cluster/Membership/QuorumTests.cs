using Akka.Actor;
using Gaudi.Cluster.Membership;
using Xunit;

namespace Gaudi.Tests.Cluster.Membership;

/// <summary>Which side of a broken network goes on.</summary>
public sealed class QuorumTests
{
    private static Address Node(int number) => new("akka.tcp", "gaudi", $"127.0.0.{number}", 4053);

    private static bool Holds(int count, params int[] unreachable) =>
        Quorum.Problem(Enumerable.Range(1, count).Select(Node), unreachable.Select(Node).ToHashSet()) is null;

    [Fact]
    public void Most_nodes_are_enough_and_fewer_are_not()
    {
        Assert.True(Holds(1));
        Assert.True(Holds(3, 1));
        Assert.False(Holds(3, 2, 3));
        Assert.True(Holds(5, 4, 5));
        Assert.False(Holds(5, 1, 2, 3));
    }

    [Fact]
    public void Of_two_halves_the_one_with_the_lowest_address_goes_on()
    {
        Assert.True(Holds(4, 3, 4));
        Assert.False(Holds(4, 1, 2));
        Assert.True(Holds(2, 2));
        Assert.False(Holds(2, 1));
    }

    [Fact]
    public void However_a_network_breaks_in_two_exactly_one_side_goes_on()
    {
        for (var count = 2; count <= 6; count++)
        {
            for (var cut = 1; cut < (1 << count) - 1; cut++)
            {
                var sides = Enumerable.Range(1, count).ToLookup(node => (cut >> (node - 1)) & 1);
                Assert.NotEqual(Holds(count, [.. sides[0]]), Holds(count, [.. sides[1]]));
            }
        }
    }

    [Fact]
    public void The_problem_says_how_many_are_heard_of() => Assert.Equal(
        "this node hears of 2 of 5 nodes, itself included, and does not serve without most of them",
        Quorum.Problem(Enumerable.Range(1, 5).Select(Node), new HashSet<Address> { Node(1), Node(2), Node(3) }));
}
