using Gaudi.Actors.Scheduling;
using Xunit;

namespace Gaudi.Tests.Actors.Scheduling;

public sealed class NgramProposerTests
{
    private static int[] Propose(int[] tokens, int min = 2, int max = 4, int most = 3) =>
        [.. NgramProposer.Propose(tokens, min, max, most)];

    [Fact]
    public void Ending_that_stood_before_is_followed_by_what_followed_then() =>
        Assert.Equal([3, 4, 9], Propose([1, 2, 3, 4, 9, 9, 1, 2]));

    // [1, 2] stands first and is followed by 7; [9, 1, 2] stands later and is followed by 8.
    [Fact]
    public void Longest_ending_wins() => Assert.Equal([8, 6], Propose([1, 2, 7, 9, 1, 2, 8, 6, 9, 1, 2], most: 2));

    [Fact]
    public void First_of_the_earlier_places_is_taken() =>
        Assert.Equal([7], Propose([1, 2, 7, 0, 1, 2, 8, 5, 1, 2], most: 1));

    [Fact]
    public void Place_may_overlap_the_ending() => Assert.Equal([5, 5], Propose([5, 5, 5, 5], max: 2));

    [Fact]
    public void New_ending_proposes_nothing()
    {
        Assert.Empty(Propose([1, 2, 3, 4]));
        Assert.Empty(Propose([1, 9, 1])); // One token is fewer than the least.
        Assert.Empty(Propose([1, 2]));
        Assert.Empty(Propose([1]));
        Assert.Empty(Propose([1, 2, 1, 2], most: 0));
    }

    [Fact]
    public void Proposal_ends_where_the_tokens_end() => Assert.Equal([9, 1, 2], Propose([1, 2, 9, 1, 2], most: 8));
}
