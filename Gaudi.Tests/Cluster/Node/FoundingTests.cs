using System.Collections.Immutable;
using Gaudi.Cluster.Node;
using Xunit;

namespace Gaudi.Tests.Cluster.Node;

/// <summary>Who may start a cluster.</summary>
public sealed class FoundingTests
{
    private static HostPort Node(int number) => new($"127.0.0.{number}", 4053);

    private static ImmutableArray<HostPort> Nodes(int count) => [.. Enumerable.Range(1, count).Select(Node)];

    private static bool IsMine(int self, int count, params int[] listening) =>
        Founding.IsMine(Node(self), Nodes(count), [.. listening.Select(Node)]);

    [Fact]
    public void The_first_of_those_that_listen_does_when_they_are_most()
    {
        Assert.True(IsMine(1, 1));
        Assert.True(IsMine(1, 3, 2));
        Assert.True(IsMine(2, 3, 3));
        Assert.False(IsMine(2, 3, 1, 3));
        Assert.False(IsMine(1, 3));
    }

    [Fact]
    public void Half_of_the_nodes_are_not_most()
    {
        Assert.False(IsMine(1, 2));
        Assert.False(IsMine(1, 4, 2));
        Assert.True(IsMine(1, 4, 2, 3));
    }

    [Fact]
    public void A_node_that_is_not_among_them_never_does() => Assert.False(IsMine(9, 3, 1, 2, 3));

    [Fact]
    public void A_node_that_is_named_twice_counts_once() =>
        Assert.False(Founding.IsMine(Node(1), [Node(1), Node(1), Node(2), Node(3)], []));

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(6)]
    public void However_the_network_breaks_at_most_one_side_has_a_founder(int count)
    {
        for (var cut = 0; cut < 1 << count; cut++)
        {
            var founders = Enumerable.Range(1, count).Count(self => IsMine(
                self, count,
                [.. Enumerable.Range(1, count).Where(other => other != self && Side(cut, other) == Side(cut, self))]));
            Assert.InRange(founders, 0, 1);
        }
    }

    private static int Side(int cut, int node) => (cut >> (node - 1)) & 1;
}
