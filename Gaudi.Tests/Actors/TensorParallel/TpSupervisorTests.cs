using System.Collections.Immutable;
using Akka.Actor;
using Akka.TestKit;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.TensorParallel;
using Gaudi.Hpu.Execution;
using Xunit;

namespace Gaudi.Tests.Actors.TensorParallel;

public sealed class TpSupervisorTests : ActorTests
{
    private readonly TestProbe _replica;
    private readonly TestProbe _inventory;
    private readonly TestProbe[] _workers;
    private int _tokenCount;

    public TpSupervisorTests()
    {
        _replica = CreateTestProbe("replica");
        _inventory = CreateTestProbe("inventory");
        _workers = [FreeRank.On(CreateTestProbe("worker0")), FreeRank.On(CreateTestProbe("worker1"))];
    }

    private static StepPlan Plan(long number) =>
        new(number, [new SequenceStep(1, [1], 0, 1, [0], Given.Greedy, 0)]);

    private ImmutableArray<CardOffer> Cards() => [.. _workers.Select((worker, index) => Given.Card("a", index, worker.Ref))];

    private IActorRef Start(string overrides = "")
    {
        var settings = Given.Settings("gaudi.group { tensor-parallel-size = 2, reform-delay-ms = 1 }\n" + overrides).Group;
        var parts = new TpSupervisorParts("g", Given.Model, settings, _inventory, () => $"token {++_tokenCount}");
        return _replica.ChildActorOf(Props.Create(() => new TpSupervisor(parts)));
    }

    private async Task<TpGroup> NextStateAsync() => (await _replica.ExpectMsgAsync<GroupChanged>()).Group;

    private async Task<TpGroup> NextStateAsync(TpGroupState state) =>
        (await _replica.FishForMessageAsync<GroupChanged>(changed => changed.Group.State == state)).Group;

    private async Task<PrepareRank[]> PreparesAsync() =>
        [await _workers[0].FishForMessageAsync<PrepareRank>(_ => true), await _workers[1].FishForMessageAsync<PrepareRank>(_ => true)];

    private async Task<IActorRef> ServingAsync()
    {
        var group = Start();
        group.Tell(new InventoryChanged(Cards()));
        var prepares = await PreparesAsync();
        for (var rank = 0; rank < 2; rank++)
            group.Tell(new RankPrepared("g", prepares[rank].Epoch, rank, "aaaa", FakeRunner.FactsOf()));
        await NextStateAsync(TpGroupState.Serving);
        foreach (var worker in _workers)
            await worker.ExpectMsgAsync<CommitGroup>();
        return group;
    }

    [Fact]
    public async Task Group_forms_on_the_cards_of_the_inventory_with_one_secret_an_epoch()
    {
        var group = Start();
        await _inventory.ExpectMsgAsync<WatchInventory>();
        group.Tell(new InventoryChanged([Cards()[0]]));
        Assert.Equal("2 cards are needed and 1 of 1 are ready", (await NextStateAsync()).Reason);
        group.Tell(new InventoryChanged(Cards()));
        var prepares = await PreparesAsync();
        Assert.Equal([0, 1], prepares.Select(one => one.Rank));
        Assert.All(prepares, one => Assert.Equal(
            (1, "token 1", "aaaa", Given.Model), (one.Epoch, one.GroupToken, one.ExpectedDigest, one.Model)));
        Assert.All(prepares, one => Assert.Equal(["a:0", "a:1"], one.Endpoints.AsEnumerable()));
    }

    [Fact]
    public async Task Cards_with_different_registries_never_form_and_the_difference_is_told()
    {
        var group = Start();
        group.Tell(new InventoryChanged([
            Given.Card("a", 0, _workers[0].Ref, "1111", "", "op A from x 1"),
            Given.Card("a", 1, _workers[1].Ref, "2222", "", "op A from y 1")]));
        Assert.Equal(
            "rank 1 (a card 1) has op registry 2222, rank 0 (a card 0) has 1111; they must be equal: -op A from x 1, +op A from y 1",
            (await NextStateAsync()).Reason); // T44
        await SilentAsync(group, _workers);
    }

    [Fact]
    public async Task Step_goes_to_every_rank_and_comes_back_once()
    {
        var group = await ServingAsync();
        group.Tell(new RunGroupStep(1, Plan(1)));
        for (var rank = 0; rank < 2; rank++)
        {
            var run = await _workers[rank].ExpectMsgAsync<RunStep>();
            group.Tell(new StepCompleted("g", 1, rank, new StepOutput(run.Plan.StepNumber, [], 5), 1));
        }
        var stepped = await _replica.ExpectMsgAsync<GroupStepped>();
        Assert.Equal((1, 1), (stepped.Epoch, stepped.Output.StepNumber));
    }

    [Fact]
    public async Task Failed_step_ends_the_epoch_on_every_rank_and_the_next_one_forms()
    {
        var group = await ServingAsync();
        group.Tell(new RunGroupStep(1, Plan(1)));
        group.Tell(new StepFailed("g", 1, 1, 1, "the card is full"));
        Assert.Equal("rank 1: the card is full", (await NextStateAsync(TpGroupState.Degraded)).Reason);
        foreach (var worker in _workers)
            Assert.Equal((1, "rank 1: the card is full"),
                await worker.FishForMessageAsync<AbortEpoch>(_ => true) is var abort ? (abort.Epoch, abort.Reason) : default);
        Assert.All(await PreparesAsync(), one => Assert.Equal((2, "token 2"), (one.Epoch, one.GroupToken)));
    }

    [Fact]
    public async Task Stale_answers_are_dropped_and_counted()
    {
        var group = await ServingAsync();
        group.Tell(new RunGroupStep(1, Plan(1)));
        group.Tell(new StepFailed("g", 0, 1, 1, "of an old epoch"));
        group.Tell(new StepCompleted("g", 0, 0, new StepOutput(1, [], 5), 1));
        group.Tell(new RankRefused("g", 0, 0, "of an old epoch", true, 0));
        group.Tell(new StepFailed("g", 1, 0, 1, "now"));
        var degraded = await NextStateAsync(TpGroupState.Degraded);
        Assert.Equal((3, "rank 0: now"), (degraded.StaleCount, degraded.Reason));
    }

    [Fact]
    public async Task Both_ranks_may_refuse_and_a_final_refusal_is_not_tried_again()
    {
        var group = Start();
        group.Tell(new InventoryChanged(Cards()));
        await PreparesAsync();
        group.Tell(new RankRefused("g", 1, 0, "no such folder", true, 1));
        group.Tell(new RankRefused("g", 1, 1, "no such folder", true, 1));
        var degraded = await NextStateAsync(TpGroupState.Degraded);
        Assert.Equal(("rank 0 (a card 0): no such folder", true), (degraded.Reason, degraded.IsFinal));
        await SettleAsync(group);
        group.Tell(new InventoryChanged(Cards()));
        await SilentAsync(group, _replica);
    }

    [Fact]
    public async Task Next_epoch_is_above_the_newest_that_a_worker_has_seen()
    {
        var group = Start();
        group.Tell(new InventoryChanged(Cards()));
        await PreparesAsync();
        group.Tell(new RankRefused("g", 1, 1, "epoch 1 is not above 40", false, 40));
        Assert.All(await PreparesAsync(), one => Assert.Equal(41, one.Epoch));
    }

    [Fact]
    public async Task Lost_card_ends_the_epoch_with_the_reason_of_its_node()
    {
        var group = await ServingAsync();
        group.Tell(new InventoryChanged([Cards()[0], Given.Card("a", 1, null, reason: "worker 101 was ended by signal 9")]));
        Assert.Equal("a card 1 was lost: worker 101 was ended by signal 9", (await NextStateAsync(TpGroupState.Degraded)).Reason);
        await _workers[0].ExpectMsgAsync<AbortEpoch>();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Card_that_goes_with_its_node_blames_no_request(bool isWithheld)
    {
        // Found by the storm: a partition was the second failure of a request that had hung in the same one.
        var group = await ServingAsync();
        var withheld = Cards()[1] with { State = CardOffer.Withheld, Reason = "no majority", Worker = null };
        group.Tell(new InventoryChanged(isWithheld ? [Cards()[0], withheld] : [Cards()[0]]));
        Assert.Equal(EpochEnd.NodeLost, (await NextStateAsync(TpGroupState.Degraded)).Cause);
    }

    [Fact]
    public async Task Worker_that_dies_without_a_word_ends_the_epoch()
    {
        await ServingAsync();
        StopNow(_workers[1].Ref);
        Assert.Equal("a card 1 was lost: its worker is gone", (await NextStateAsync(TpGroupState.Degraded)).Reason);
    }

    [Fact]
    public async Task Ranks_that_disagree_end_the_epoch_and_no_token_comes_out()
    {
        var group = await ServingAsync();
        group.Tell(new RunGroupStep(1, Plan(1)));
        group.Tell(new StepCompleted("g", 1, 0, new StepOutput(1, [], 5), 1));
        group.Tell(new StepCompleted("g", 1, 1, new StepOutput(1, [], 6), 1));
        Assert.Equal(
            "rank 1 has logits 0000000000000006 after 1 collectives, rank 0 has 0000000000000005 after 1",
            (await _replica.ExpectMsgAsync<GroupChanged>()).Group.Reason);
    }
}
