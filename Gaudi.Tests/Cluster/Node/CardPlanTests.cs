using Gaudi.Cluster.Node;
using Gaudi.Hpu.Cards;
using Xunit;

namespace Gaudi.Tests.Cluster.Node;

public sealed class CardPlanTests
{
    private const long FreeBytes = 16L << 30;
    private static readonly CardProbeResult Nothing = new([], "no Gaudi card found");

    [Fact]
    public void Without_hardware_as_many_cards_are_simulated_as_are_needed()
    {
        var plan = Choose(null, Nothing, cardCount: null, neededCount: 2);
        Assert.Equal(2, plan.Cards.Length);
        Assert.All(plan.Cards, card => Assert.True(card.IsSimulated));
        Assert.Equal("simulated, because no Gaudi card found", plan.Why);
    }

    [Fact]
    public void Every_worker_is_told_the_same_memory()
    {
        var plan = Choose(null, Nothing, cardCount: null, neededCount: 2);
        Assert.Equal(FreeBytes / 4, plan.Simulated!.MemoryBytes);
    }

    [Fact]
    public void Real_cards_come_before_simulated_ones()
    {
        var found = Found(count: 4);
        var plan = Choose(null, found, cardCount: null, neededCount: 2);
        Assert.Null(plan.Simulated);
        Assert.Equal(found.Cards, plan.Cards);
    }

    [Fact]
    public void A_user_who_asks_for_simulated_cards_gets_them_beside_real_ones()
    {
        var wanted = new SimulatedCardSettings(CardGeneration.Gaudi3, 3, 1L << 30);
        var plan = Choose(wanted, Found(count: 4), cardCount: null, neededCount: 2);
        Assert.Equal(wanted, plan.Simulated);
        Assert.Equal(3, plan.Cards.Length);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(4, 4)]
    public void The_count_limits_real_cards(int asked, int used) =>
        Assert.Equal(used, Choose(null, Found(count: 4), asked, neededCount: 0).Cards.Length);

    [Fact]
    public void More_cards_than_there_are_is_refused_with_both_numbers()
    {
        var problem = Assert.Throws<NodeStartException>(() => Choose(null, Found(count: 4), cardCount: 5, neededCount: 0));
        Assert.Equal("expected 5 cards on this machine, as --cards says, but it has 4; ask for at most that many", problem.Message);
    }

    private static CardPlan Choose(SimulatedCardSettings? wanted, CardProbeResult found, int? cardCount, int neededCount) =>
        CardPlan.Choose(wanted, found, cardCount, neededCount, CardGeneration.Gaudi2, () => FreeBytes);

    private static CardProbeResult Found(int count) => new(
        [
            .. Enumerable.Range(0, count).Select(index => new CardFacts(
                index, "Intel Gaudi 2", CardGeneration.Gaudi2, IsSimulated: false, 96L << 30, 240f, "hlml")),
        ],
        "found by hlml");
}
