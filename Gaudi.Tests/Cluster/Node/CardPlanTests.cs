using Gaudi.Cluster.Node;
using Gaudi.Hpu.Cards;
using Xunit;

namespace Gaudi.Tests.Cluster.Node;

public sealed class CardPlanTests
{
    private const long FreeBytes = 16L << 30;
    private static readonly CardProbeResult Nothing = new([], "no Gaudi card found");

    private static readonly SimulatedCardSettings Gaudi3 = new(CardGeneration.Gaudi3, 2, MemoryBytes: null);
    private static readonly CardWish Serve = new(Gaudi3, IsGenerationSet: false, IsCountSet: false, CardCount: null, NeededCount: 4);
    private static readonly CardWish Lend = Serve with { NeededCount = 0 };

    [Fact]
    public void Without_hardware_as_many_cards_are_simulated_as_the_model_needs()
    {
        var plan = Choose(Serve, Nothing);
        Assert.Equal(4, plan.CardCount);
        Assert.Equal("simulated, because no Gaudi card found", plan.Why);
    }

    [Fact]
    public void Every_worker_is_told_the_same_memory() =>
        Assert.Equal(new SimulatedCardSettings(CardGeneration.Gaudi3, 4, FreeBytes / 8), Choose(Serve, Nothing).Simulated);

    [Fact]
    public void A_node_that_only_lends_simulates_what_the_settings_say() => Assert.Equal(2, Choose(Lend, Nothing).CardCount);

    [Fact]
    public void A_count_in_the_settings_is_not_raised() =>
        Assert.Equal(2, Choose(Serve with { IsCountSet = true }, Nothing).CardCount);

    [Fact]
    public void The_flag_wins_over_what_the_model_needs() =>
        Assert.Equal(1, Choose(Serve with { CardCount = 1 }, Nothing).CardCount);

    [Fact]
    public void Real_cards_come_before_simulated_ones()
    {
        var plan = Choose(Serve, Found(count: 8));
        Assert.Equal(new CardPlan(8, null, "found by hlml"), plan);
        Assert.Equal("gaudi.cards.simulate.generation = none\n", plan.ToHocon());
    }

    [Fact]
    public void A_user_who_asks_for_simulated_cards_gets_them_beside_real_ones() =>
        Assert.Equal(4, Choose(Serve with { IsGenerationSet = true }, Found(count: 8)).Simulated!.Count);

    [Fact]
    public void Where_nothing_is_simulated_the_processor_is_the_one_card() =>
        Assert.Equal((1, null), (Choose(Serve with { Simulated = null }, Nothing).CardCount, Choose(Serve with { Simulated = null }, Nothing).Simulated));

    [Fact]
    public void More_real_cards_than_there_are_is_refused_with_both_numbers()
    {
        var problem = Assert.Throws<NodeStartException>(() => Choose(Serve with { CardCount = 9 }, Found(count: 8)));
        Assert.Equal("expected 9 cards on this machine, as --cards says, but it has 8; ask for at most that many", problem.Message);
    }

    [Fact]
    public void Spares_are_more_simulated_cards_and_take_no_memory_from_those_that_work()
    {
        var plan = Choose(Serve with { SpareCount = 2 }, Nothing);
        Assert.Equal((6, 2, FreeBytes / 8), (plan.CardCount, plan.SpareCount, plan.Simulated!.MemoryBytes!.Value));
        Assert.Equal(3, Choose(Lend with { SpareCount = 1 }, Nothing).CardCount);
        Assert.Equal(2, Choose(Serve with { SpareCount = 1, CardCount = 1 }, Nothing).CardCount);
    }

    [Fact]
    public void Spares_among_real_cards_must_be_there()
    {
        Assert.Equal((8, 4), Choose(Serve with { SpareCount = 4 }, Found(count: 8)) is var plan ? (plan.CardCount, plan.SpareCount) : default);
        Assert.Equal(3, Choose(Serve with { SpareCount = 1, CardCount = 2 }, Found(count: 8)).CardCount);
        var problem = Assert.Throws<NodeStartException>(() => Choose(Serve with { SpareCount = 5 }, Found(count: 8)));
        Assert.Equal("expected 9 cards on this machine, 5 of them spare, but it has 8; lower --spares", problem.Message);
    }

    private static CardPlan Choose(CardWish wish, CardProbeResult found) => CardPlan.Choose(wish, found, () => FreeBytes);

    private static CardProbeResult Found(int count) => new(
        [
            .. Enumerable.Range(0, count).Select(index => new CardFacts(
                index, "Intel Gaudi 2", CardGeneration.Gaudi2, IsSimulated: false, 96L << 30, 240f, "hlml")),
        ],
        "found by hlml");
}
