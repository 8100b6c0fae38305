using System.Collections.Immutable;
using Akka.Actor;
using Akka.TestKit;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.TensorParallel;
using Gaudi.Hpu.Execution;
using Xunit;

namespace Gaudi.Tests.Actors.TensorParallel;

/// <summary>What follows a lost card or a refusal: which cards come next, and when. Time is virtual: what is at once needs none.</summary>
public sealed class TpRecoveryTests() : ActorTests(VirtualTime)
{
    private readonly Dictionary<string, TestProbe> _workers = [];
    private TestProbe? _replica;

    private TestProbe Worker(string name) => _workers.TryGetValue(name, out var known) ? known : _workers[name] = FreeRank.On(CreateTestProbe(name));

    private CardOffer Card(int index, string? worker = null, string digest = "aaaa", string? group = null) =>
        Given.Card("n", index, Worker(worker ?? $"w{index}"), digest) with { GroupId = group };

    private static CardOffer Gone(int index) => Given.Card("n", index, null, reason: "worker 101 was ended by signal 9");

    private IActorRef Start(string groupId = "g")
    {
        _replica = CreateTestProbe();
        var settings = Given.Settings(
            "gaudi.group { tensor-parallel-size = 2, reform-delay-ms = 500, reform-longest-ms = 1500 }").Group;
        var parts = new TpSupervisorParts(groupId, Given.Model, settings, CreateTestProbe(), () => "token");
        return _replica.ChildActorOf(Props.Create(() => new TpSupervisor(parts)));
    }

    private static void See(IActorRef group, params CardOffer[] cards) => group.Tell(new InventoryChanged([.. cards]));

    private async Task<PrepareRank> PrepareAsync(string worker, int rank, long epoch)
    {
        var prepare = await Worker(worker).FishForMessageAsync<PrepareRank>(_ => true);
        Assert.Equal((rank, epoch), (prepare.Rank, prepare.Epoch));
        return prepare;
    }

    private async Task<TpGroup> NextAsync(TpGroupState state) =>
        (await _replica!.FishForMessageAsync<GroupChanged>(changed => changed.Group.State == state)).Group;

    private async Task<IActorRef> ServingAsync(params CardOffer[] cards)
    {
        var group = Start();
        See(group, cards);
        await ServeAsync(group, 1, "w0", "w1");
        return group;
    }

    private async Task ServeAsync(IActorRef group, long epoch, params string[] workers)
    {
        for (var rank = 0; rank < workers.Length; rank++)
        {
            await PrepareAsync(workers[rank], rank, epoch);
            group.Tell(new RankPrepared("g", epoch, rank, "aaaa", FakeRunner.FactsOf()));
        }
        Assert.Equal(epoch, (await NextAsync(TpGroupState.Serving)).Epoch);
    }

    [Fact]
    public async Task Lost_rank_0_goes_to_the_spare_at_once_and_rank_1_stays_where_its_weights_are()
    {
        var group = await ServingAsync(Card(0), Card(1), Card(2));
        See(group, Gone(0), Card(1), Card(2));
        await PrepareAsync("w2", 0, 2); // T48
        await PrepareAsync("w1", 1, 2);
    }

    [Fact]
    public async Task Without_a_spare_the_group_says_what_is_missing_and_forms_when_the_inventory_has_a_card()
    {
        var group = await ServingAsync(Card(0), Card(1));
        See(group, Gone(0), Card(1));
        await NextAsync(TpGroupState.Degraded);
        Assert.Equal(
            "2 cards are needed and 1 of 2 are ready (n card 0 is starting: worker 101 was ended by signal 9)",
            (await NextAsync(TpGroupState.Degraded)).Reason);
        See(group, Card(0, "again"), Card(1));
        await PrepareAsync("again", 0, 2);
        await PrepareAsync("w1", 1, 2);
    }

    [Fact]
    public async Task Broken_lane_waits_for_no_delay_once_the_inventory_shows_whose_card_was_lost()
    {
        var group = await ServingAsync(Card(0), Card(1), Card(2));
        group.Tell(new RunGroupStep(1, new StepPlan(1, [])));
        group.Tell(new StepFailed("g", 1, 1, 1, "the connection to rank 0 is broken"));
        Assert.Equal("rank 1: the connection to rank 0 is broken", (await NextAsync(TpGroupState.Degraded)).Reason);
        See(group, Gone(0), Card(1), Card(2));
        await PrepareAsync("w2", 0, 2);
    }

    [Fact]
    public async Task Failures_that_lose_no_card_wait_longer_and_longer_until_a_step_is_served()
    {
        var group = await ServingAsync(Card(0), Card(1));
        var epoch = 1;
        foreach (var wait in new[] { 500, 1000, 1500, 1500 })
        {
            group.Tell(epoch == 1
                ? new StepFailed("g", 1, 1, 1, "the card is full")
                : new RankRefused("g", epoch, 1, "not now", IsFinal: false, epoch));
            await SettleAsync(group);
            Advance(TimeSpan.FromMilliseconds(wait - 1));
            See(group, Card(0), Card(1)); // No news for this group.
            await SettleAsync(group);
            Assert.Equal(TpGroupState.Degraded, (await NextAsync(TpGroupState.Degraded)).State);
            await SilentAsync(group, _replica!);
            Advance(TimeSpan.FromMilliseconds(1));
            Assert.Equal(++epoch, (await NextAsync(TpGroupState.Forming)).Epoch);
        }
        await ServeAsyncLast(group, epoch);
        group.Tell(new StepFailed("g", epoch, 1, 2, "the card is full"));
        await SettleAsync(group);
        Advance(TimeSpan.FromMilliseconds(500));
        Assert.Equal(epoch + 1, (await NextAsync(TpGroupState.Forming)).Epoch);
    }

    private async Task ServeAsyncLast(IActorRef group, long epoch)
    {
        for (var rank = 0; rank < 2; rank++)
            group.Tell(new RankPrepared("g", epoch, rank, "aaaa", FakeRunner.FactsOf()));
        await NextAsync(TpGroupState.Serving);
        group.Tell(new RunGroupStep(epoch, new StepPlan(1, [])));
        for (var rank = 0; rank < 2; rank++)
            group.Tell(new StepCompleted("g", epoch, rank, new StepOutput(1, [], 5), 1));
        await _replica!.FishForMessageAsync<GroupStepped>(_ => true);
    }

    [Fact]
    public async Task Card_that_another_group_took_meanwhile_is_left_out_and_another_one_is_asked_at_once()
    {
        var group = Start();
        See(group, Card(0), Card(1), Card(2));
        await PrepareAsync("w0", 0, 1);
        group.Tell(new RankRefused("g", 1, 1, "it serves group a", false, 0) { HeldBy = "a" });
        await PrepareAsync("w0", 0, 2);
        await PrepareAsync("w2", 1, 2);
        await PrepareAsync("w1", 1, 1);
        await Worker("w1").ExpectMsgAsync<AbortEpoch>();
        await SilentAsync(group, Worker("w1"));
    }

    [Theory]
    [InlineData("a", true)]
    [InlineData("z", false)]
    public async Task Of_two_groups_that_wait_for_each_other_the_later_name_gives_its_cards_back(string holder, bool yields)
    {
        var group = Start();
        See(group, Card(0), Card(1));
        await PrepareAsync("w0", 0, 1);
        await PrepareAsync("w1", 1, 1);
        group.Tell(new RankRefused("g", 1, 1, $"it serves group {holder}", false, 0) { HeldBy = holder });
        Assert.Equal($"rank 1 (n card 1): it serves group {holder}", (await NextAsync(TpGroupState.Degraded)).Reason);
        Assert.Equal(
            $"2 cards are needed and 1 of 2 are ready (n card 1: it serves group {holder})", (await NextAsync(TpGroupState.Degraded)).Reason);
        await SettleAsync(group);
        await Worker("w0").ExpectMsgAsync<AbortEpoch>();
        if (yields)
            await Worker("w0").ExpectMsgAsync<ReleaseRank>();
        await SilentAsync(group, Worker("w0"));
        await Worker("w1").ExpectMsgAsync<AbortEpoch>();
        See(group, Card(0), Card(1, group: holder));
        await SilentAsync(group, Worker("w0"), Worker("w1"));
        See(group, Card(0), Card(1));
        await PrepareAsync("w0", 0, 2);
    }

    [Fact]
    public async Task Newcomer_with_another_registry_is_sent_back_to_its_node_and_the_group_waits_for_one_that_fits()
    {
        var group = await ServingAsync(Card(0), Card(1));
        See(group, Card(0, "odd", "bbbb"), Card(1));
        Assert.Contains("it has op registry bbbb", (await Worker("odd").ExpectMsgAsync<WorkerRefused>()).Reason, StringComparison.Ordinal); // T54
        See(group, Gone(0), Card(1));
        See(group, Card(0, "even"), Card(1));
        await PrepareAsync("even", 0, 2);
        await PrepareAsync("w1", 1, 2);
    }

    [Fact]
    public async Task Newcomer_that_cannot_load_what_the_others_have_is_passed_over()
    {
        var group = await ServingAsync(Card(0), Card(1), Card(2), Card(3));
        See(group, Gone(0), Card(1), Card(2), Card(3));
        await PrepareAsync("w2", 0, 2);
        group.Tell(new RankRefused("g", 2, 0, "no such folder", IsFinal: true, 2));
        await PrepareAsync("w3", 0, 3);
        await NextAsync(TpGroupState.Forming);
    }

    [Fact]
    public async Task Supervisor_that_moved_here_finds_the_ranks_by_their_weights_and_begins_above_their_epoch()
    {
        var group = Start();
        See(group,
            Card(0),
            Card(1) with { Loaded = new LoadedSlice("g", 1, 7) },
            Card(2) with { Loaded = new LoadedSlice("g", 0, 8) },
            Card(3) with { Loaded = new LoadedSlice("other", 0, 99) });
        await PrepareAsync("w2", 0, 9);
        await PrepareAsync("w1", 1, 9);
    }

    [Fact]
    public async Task Stopped_supervisor_ends_the_epoch_and_leaves_the_weights_for_the_next_life()
    {
        var group = await ServingAsync(Card(0), Card(1));
        StopNow(group);
        Assert.Equal("the replica was stopped", (await Worker("w0").FishForMessageAsync<AbortEpoch>(_ => true)).Reason);
    }
}
