using System.Collections.Immutable;
using Akka.Actor;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.TensorParallel;
using Xunit;

namespace Gaudi.Tests.Actors.TensorParallel;

public sealed class PlacementTests
{
    private static readonly IActorRef Worker = ActorRefs.Nobody;

    private static IEnumerable<string> Names(int worldSize, params CardOffer[] cards) =>
        [.. Placement.Choose([.. cards], worldSize, ImmutableHashSet<string>.Empty).Cards.Select(card => card.Name)];

    [Fact]
    public void Choose_fills_one_node_before_it_spans_two()
    {
        Assert.Equal(
            ["b card 0", "b card 1"],
            Names(2, Given.Card("a", 0, Worker), Given.Card("b", 1, Worker), Given.Card("b", 0, Worker)));
        Assert.Equal(
            ["b card 0", "b card 1", "a card 0", "c card 0"],
            Names(4, Given.Card("c", 0, Worker), Given.Card("a", 0, Worker), Given.Card("b", 1, Worker), Given.Card("b", 0, Worker)));
    }

    [Fact]
    public void Choose_gives_the_same_ranks_whatever_the_order_of_the_cards()
    {
        CardOffer[] cards = [.. from node in "abc" from index in Enumerable.Range(0, 3) select Given.Card($"{node}", index, Worker)];
        var expected = Names(4, cards);
        for (var seed = 0; seed < 20; seed++)
        {
            var shuffled = (CardOffer[])cards.Clone();
            new Random(seed).Shuffle(shuffled);
            Assert.Equal(expected, Names(4, shuffled));
        }
    }

    [Fact]
    public void Choose_leaves_out_cards_of_other_groups_and_cards_that_are_not_ready()
    {
        ImmutableArray<CardOffer> cards =
            [Given.Card("a", 0, Worker), Given.Card("a", 1, null, reason: "its worker is starting"), Given.Card("a", 2, Worker)];
        Assert.Equal(["a card 2"], Placement.Choose(cards, 1, ImmutableHashSet.Create("a card 0")).Cards.Select(card => card.Name));
        Assert.Equal(
            "3 cards are needed and 2 of 3 are ready (a card 1 is starting: its worker is starting)",
            Placement.Choose(cards, 3, ImmutableHashSet<string>.Empty).Missing);
    }

    [Fact]
    public void Choose_says_how_many_cards_are_missing_when_none_exist() =>
        Assert.Equal("2 cards are needed and 0 of 0 are ready", Placement.Choose([], 2, ImmutableHashSet<string>.Empty).Missing);
}
