using Akka.Actor;
using Akka.TestKit;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.TensorParallel;
using Gaudi.Hpu.Execution;
using Xunit;

namespace Gaudi.Tests.Actors.TensorParallel;

/// <summary>Steps and formations that do not end: who is found to hang, when, and what becomes of the others.</summary>
public sealed class TpSupervisorTimeTests() : ActorTests(VirtualTime)
{
    private TestProbe _replica = null!;
    private TestProbe _minder = null!;
    private readonly List<TestProbe> _workers = [];

    private CardOffer Card(int index, IActorRef? worker) =>
        Given.Card("a", index, worker) with { Incarnation = 7, Minder = _minder.Ref };

    private IActorRef Start(int worldSize, int? stuck, string overrides = "prepare-timeout-ms = 3000")
    {
        (_replica, _minder) = (CreateTestProbe(), CreateTestProbe());
        var settings = Given.Settings($$"""
            gaudi.group { tensor-parallel-size = {{worldSize}}, reform-delay-ms = 500, {{overrides}} }
            """).Group;
        var parts = new TpSupervisorParts("g", Given.Model, settings, CreateTestProbe(), () => "token");
        var group = _replica.ChildActorOf(Props.Create(() => new TpSupervisor(parts)));
        for (var rank = 0; rank < worldSize; rank++)
            _workers.Add(rank == stuck ? CreateTestProbe() : FreeRank.On(CreateTestProbe()));
        group.Tell(new InventoryChanged([.. _workers.Select((worker, index) => Card(index, worker.Ref))]));
        return group;
    }

    private async Task<TpGroup> NextAsync() => (await _replica.ExpectMsgAsync<GroupChanged>()).Group;

    private async Task StepAsync(IActorRef group)
    {
        Assert.Equal(TpGroupState.Forming, (await NextAsync()).State);
        for (var rank = 0; rank < _workers.Count; rank++)
            group.Tell(new RankPrepared("g", 1, rank, "aaaa", FakeRunner.FactsOf()));
        Assert.Equal(TpGroupState.Serving, (await NextAsync()).State);
        group.Tell(new RunGroupStep(1, new StepPlan(1, [new SequenceStep(1, [1], 0, 1, [0], null, 0)])));
        await SettleAsync(group);
    }

    private async Task PassAsync(IActorRef group, int milliseconds)
    {
        Advance(TimeSpan.FromMilliseconds(milliseconds));
        await SettleAsync(group);
    }

    // T47
    [Theory]
    [InlineData(4, 2)]
    [InlineData(4, 0)]
    [InlineData(1, 0)]
    public async Task Rank_that_does_not_get_free_of_its_step_is_killed_and_no_other(int worldSize, int stuck)
    {
        var group = Start(worldSize, stuck);
        await StepAsync(group);
        await PassAsync(group, 9999);
        await SilentAsync(group, _replica, _minder);
        await PassAsync(group, 1);
        Assert.Equal(
            (TpGroupState.Draining, EpochEnd.StepFault, "step 1 took longer than 10 s"),
            await NextAsync() is var ended ? (ended.State, ended.Cause, ended.Reason) : default);
        await PassAsync(group, 499);
        await SilentAsync(group, _replica, _minder);
        await PassAsync(group, 1);
        Assert.Equal(
            new KillWorker(stuck, 7, $"rank {stuck} hangs: step 1 took longer than 10 s"), await _minder.ExpectMsgAsync<KillWorker>());
        Assert.Equal("step 1 took longer than 10 s", (await NextAsync()).Reason);
        // Nothing forms on it while its node has not replaced it.
        Assert.Equal(
            $"{worldSize} cards are needed and {worldSize - 1} of {worldSize} are ready "
            + $"(a card {stuck}: rank {stuck} hangs: step 1 took longer than 10 s)", (await NextAsync()).Reason);
        await SilentAsync(group, _minder);
        var next = CreateTestProbe();
        group.Tell(new InventoryChanged(
            [.. _workers.Select((worker, index) => Card(index, index == stuck ? next.Ref : worker.Ref))]));
        Assert.Equal((TpGroupState.Forming, 2), await NextAsync() is var again ? (again.State, again.Epoch) : default);
        Assert.Equal(stuck, (await next.ExpectMsgAsync<PrepareRank>()).Rank);
    }

    [Fact]
    public async Task Ranks_that_all_get_free_are_kept_and_formed_again()
    {
        var group = Start(2, null);
        await StepAsync(group);
        await PassAsync(group, 10_000);
        Assert.Equal(TpGroupState.Draining, (await NextAsync()).State);
        Assert.Equal(TpGroupState.Degraded, (await NextAsync()).State);
        await PassAsync(group, 500);
        Assert.Equal((TpGroupState.Forming, 2), await NextAsync() is var again ? (again.State, again.Epoch) : default);
        await SilentAsync(group, _minder);
    }

    [Fact]
    public async Task Group_does_not_form_again_while_a_rank_is_in_its_step_and_may_still_be_within_its_limit()
    {
        var group = Start(2, 0);
        await StepAsync(group);
        group.Tell(new StepFailed("g", 1, 1, 1, "the card is full"));
        Assert.Equal(TpGroupState.Draining, (await NextAsync()).State);
        await PassAsync(group, 9000);
        await SilentAsync(group, _replica, _minder);
        group.Tell(new RankFreed("g", 1, 0));
        Assert.Equal((TpGroupState.Degraded, 0), await NextAsync() is var ended ? (ended.State, ended.StaleCount) : default);
        await SettleAsync(group); // It says so before it has set its timer.
        await PassAsync(group, 500);
        Assert.Equal(TpGroupState.Forming, (await NextAsync()).State);
        await SilentAsync(group, _minder);
    }

    [Fact]
    public async Task Rank_that_stays_in_a_failed_step_past_its_limit_hangs()
    {
        var group = Start(2, 0);
        await StepAsync(group);
        group.Tell(new StepFailed("g", 1, 1, 1, "the connection to rank 0 is broken"));
        await PassAsync(group, 10_000);
        await SilentAsync(group, _minder);
        await PassAsync(group, 500);
        Assert.Equal(
            new KillWorker(0, 7, "rank 0 hangs: rank 1: the connection to rank 0 is broken"), await _minder.ExpectMsgAsync<KillWorker>());
    }

    [Fact]
    public async Task Rank_that_hangs_while_it_loads_is_killed_and_no_other()
    {
        var group = Start(2, 1);
        Assert.Equal(TpGroupState.Forming, (await NextAsync()).State);
        group.Tell(new RankPrepared("g", 1, 0, "aaaa", FakeRunner.FactsOf()));
        await PassAsync(group, 3000);
        Assert.Equal("forming the group took longer than 3 s", (await NextAsync()).Reason);
        await PassAsync(group, 500);
        Assert.Equal(
            new KillWorker(1, 7, "rank 1 hangs: forming the group took longer than 3 s"), await _minder.ExpectMsgAsync<KillWorker>());
        await SilentAsync(group, _minder);
    }

    [Fact]
    public async Task Group_that_has_nothing_to_do_does_not_hang()
    {
        var group = Start(2, 1);
        await StepAsync(group);
        for (var rank = 0; rank < 2; rank++)
            group.Tell(new StepCompleted("g", 1, rank, new StepOutput(1, [], 5), 1));
        await _replica.ExpectMsgAsync<GroupStepped>();
        await PassAsync(group, 3_600_000);
        await SilentAsync(group, _replica, _minder);
    }

    [Fact]
    public async Task Rank_that_hangs_is_to_be_killed_again_when_its_node_may_not_have_heard()
    {
        // Found by the simulator: the word was lost on a cut link, and the card was out of use for ever.
        var group = Start(2, 1);
        await StepAsync(group);
        await PassAsync(group, 10_000);
        await PassAsync(group, 500);
        var first = await _minder.ExpectMsgAsync<KillWorker>();
        await PassAsync(group, 500); // gaudi.group.reform-delay-ms
        Assert.Equal(first, await _minder.ExpectMsgAsync<KillWorker>());
        group.Tell(new InventoryChanged([.. _workers.Select((worker, index) => Card(index, index == 1 ? null : worker.Ref))]));
        await PassAsync(group, 10_000);
        await SilentAsync(group, _minder);
    }
}
