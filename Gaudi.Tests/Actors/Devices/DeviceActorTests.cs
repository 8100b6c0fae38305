using System.Collections.Immutable;
using Akka.Actor;
using Akka.TestKit;
using Gaudi.Actors.Devices;
using Gaudi.Actors.Protocols;
using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Models;
using Gaudi.Hpu.Platforms;
using Gaudi.Hpu.Plugins;
using Gaudi.Tests.Hpu.Plugins;
using Xunit;

namespace Gaudi.Tests.Actors.Devices;

public sealed class DeviceActorTests : ActorTests
{
    private readonly InProcessWorkers _workers;
    private readonly TestProbe _node;
    private readonly TestProbe _maker;
    private readonly List<string> _left = [];

    public DeviceActorTests()
    {
        _workers = new InProcessWorkers(Sys, Given.Settings("gaudi.workers.handshake-ms = 60000"));
        _node = CreateTestProbe("node");
        _maker = CreateTestProbe("maker");
    }

    private static WorkerLaunch Launch(int card) => new(card, 1, "token", "", ImmutableDictionary<string, string>.Empty);

    private IActorRef Start(int card = 0, PluginHost? host = null) => _workers.Start(
        new WorkerIdentity(card, 1, "token", 4711 + card), host ?? _workers.Host(Launch(card)), _node.Ref, reason =>
        {
            lock (_left)
                _left.Add(reason);
        });

    private async Task<(IActorRef Device, WorkerReady Ready)> ReadyAsync(int card = 0, PluginHost? host = null)
    {
        Start(card, host);
        var ready = await _node.ExpectMsgAsync<WorkerReady>();
        ready.Worker.Tell(new WorkerAccepted("node"));
        return (ready.Worker, ready);
    }

    private PrepareRank Prepare(WorkerReady ready, long epoch, int rank = 0, int worldSize = 1, string? digest = null) => new(
        "g", epoch, rank, [.. Enumerable.Repeat("in-process", worldSize)], "secret", digest ?? ready.Digest, Given.Model, _maker.Ref);

    private static StepPlan Plan(long number, params ReadOnlySpan<int> tokens) =>
        new(number, [new SequenceStep(1, [.. tokens], 0, tokens.Length, [0], Given.Greedy, 0)]);

    private RunStep Run(long epoch, long number) => new("g", epoch, Plan(number, 1, 2, 3), _maker.Ref);

    private async Task<WorkerReport> ReportAsync(IActorRef device)
    {
        var probe = CreateTestProbe();
        device.Tell(new GetWorkerReport(probe.Ref));
        return await probe.ExpectMsgAsync<WorkerReport>();
    }

    private async Task<(IActorRef Device, WorkerReady Ready)> ServingAsync()
    {
        var (device, ready) = await ReadyAsync();
        device.Tell(Prepare(ready, 1));
        await _maker.ExpectMsgAsync<RankPrepared>();
        device.Tell(new CommitGroup("g", 1));
        return (device, ready);
    }

    [Fact]
    public async Task Handshake_shows_token_card_and_registry_and_the_state_is_reported()
    {
        var (device, ready) = await ReadyAsync(card: 3);
        Assert.Equal((3, 1L, "token", 4714, "cpu", 1L << 30, "in-process"),
            (ready.CardIndex, ready.Incarnation, ready.Token, ready.Pid, ready.Generation, ready.MemoryBytes, ready.Endpoint));
        Assert.Equal("ops", Assert.Single(ready.Plugins).Name);
        var report = await ReportAsync(device);
        Assert.Equal(("ready", null, ready.Digest), (report.State, report.GroupId, report.Digest));
        Assert.Equal(["OtherOp", "ProbeOp"], report.Ops.Select(op => op.Name));
    }

    [Fact]
    public async Task Two_device_actors_of_one_process_share_one_load_and_two_processes_make_two()
    {
        var callCount = 0;
        PluginHost NewProcess() => new PluginWorld(new FakePlugins().General("ops", _ => Interlocked.Increment(ref callCount)))
        {
            Simulate = new SimulatedCardSettings(CardGeneration.Gaudi3, 2, 1L << 30),
        }.Host();

        var one = NewProcess();
        var first = await ReadyAsync(0, one);
        var second = await ReadyAsync(1, one);
        Assert.Equal(1, callCount); // T15
        var other = await ReadyAsync(0, NewProcess());
        Assert.Equal(2, callCount); // T16
        Assert.Equal(first.Ready.Digest, second.Ready.Digest);
        Assert.Equal(first.Ready.Digest, other.Ready.Digest); // T17, G8
    }

    [Fact]
    public async Task Worker_whose_plugins_must_stop_it_says_why_and_leaves()
    {
        var host = new PluginWorld(new FakePlugins().General("bad", _ => throw new InvalidOperationException("no such card")))
        {
            OnFailure = PluginFailurePolicy.Stop,
        }.Host();
        Start(0, host);
        var failed = await _node.ExpectMsgAsync<WorkerFailed>();
        Assert.Contains("no such card", failed.Reason, StringComparison.Ordinal);
        Assert.Equal([failed.Reason], _left);
    }

    [Fact]
    public async Task Card_that_does_not_exist_is_a_failure_that_says_so()
    {
        Start(card: 99);
        Assert.Equal("card 99 could not be opened: card 99 was asked for, but cpu has 8 here, counted from 0",
            (await _node.ExpectMsgAsync<WorkerFailed>()).Reason);
    }

    [Fact]
    public async Task Refused_worker_leaves()
    {
        Start();
        (await _node.ExpectMsgAsync<WorkerReady>()).Worker.Tell(new WorkerRefused("the token is wrong"));
        await SettleAsync(_workers.Devices[0]);
        Assert.Equal(["the token is wrong"], _left);
    }

    [Fact]
    public async Task Rank_prepares_serves_and_counts_its_collectives()
    {
        var (device, ready) = await ServingAsync();
        Assert.Equal("serving", (await ReportAsync(device)).State);
        device.Tell(Run(1, 1));
        var done = await _maker.ExpectMsgAsync<StepCompleted>();
        Assert.Equal((1L, 0, 1L, 1L), (done.Epoch, done.Rank, done.Output.StepNumber, done.CollectiveCount));
        Assert.Equal(FakeModel.Next([1, 2, 3]), Assert.Single(done.Output.Tokens).TokenId);
        device.Tell(Run(1, 3));
        Assert.Equal("step 3 came after step 1", (await _maker.ExpectMsgAsync<StepFailed>()).Reason);
        Assert.Equal(ready.Digest, (await ReportAsync(device)).Digest);
    }

    [Fact]
    public async Task Other_digest_is_refused()
    {
        var (device, ready) = await ReadyAsync();
        device.Tell(Prepare(ready, 1, digest: "another"));
        Assert.Equal($"op registry another was expected, this worker has {ready.Digest}",
            (await _maker.ExpectMsgAsync<RankRefused>()).Reason);
    }

    [Fact]
    public async Task Messages_of_another_epoch_are_dropped_and_counted()
    {
        var (device, ready) = await ServingAsync();
        device.Tell(Run(0, 1));
        device.Tell(Run(2, 1));
        device.Tell(new AbortEpoch("g", 0, "old", 0, null));
        device.Tell(new AbortEpoch("another group", 1, "not mine", 0, null));
        device.Tell(new CommitGroup("g", 7));
        device.Tell(Run(1, 1));
        Assert.Equal(1, (await _maker.ExpectMsgAsync<StepCompleted>()).Epoch);
        Assert.Equal(5, (await ReportAsync(device)).StaleMessageCount);

        device.Tell(Prepare(ready, 0));
        var refused = await _maker.ExpectMsgAsync<RankRefused>();
        Assert.Equal((1L, false, "epoch 0 is not above 1, the newest this worker has seen"),
            (refused.NewestEpoch, refused.IsFinal, refused.Reason));
        Assert.Equal(6, (await ReportAsync(device)).StaleMessageCount);
    }

    [Fact]
    public async Task Maker_that_asks_again_is_answered_again_because_the_answer_may_have_been_lost()
    {
        var (device, ready) = await ServingAsync();
        device.Tell(Prepare(ready, 1));
        Assert.Equal(1, (await _maker.ExpectMsgAsync<RankPrepared>()).Epoch);
        var stranger = CreateTestProbe("stranger");
        device.Tell(Prepare(ready, 1) with { ReplyTo = stranger.Ref });
        Assert.Equal(
            "epoch 1 is not above 1, the newest this worker has seen", (await stranger.ExpectMsgAsync<RankRefused>()).Reason);
    }

    [Fact]
    public async Task Abort_frees_a_rank_that_waits_for_its_peer_inside_a_step_and_status_is_answered_meanwhile()
    {
        var first = await ReadyAsync(0);
        var second = await ReadyAsync(1);
        first.Device.Tell(Prepare(first.Ready, 1, 0, 2));
        second.Device.Tell(Prepare(second.Ready, 1, 1, 2));
        await _maker.ExpectMsgAsync<RankPrepared>();
        await _maker.ExpectMsgAsync<RankPrepared>();

        using var inside = new ManualResetEventSlim();
        _workers.OnStep = (_, _) => inside.Set();
        first.Device.Tell(Run(1, 1)); // Its peer gets no step: it waits in the barrier.
        Assert.True(inside.Wait(TimeSpan.FromSeconds(20)));
        Assert.Equal(1, (await ReportAsync(first.Device)).Epoch);
        first.Device.Tell(new AbortEpoch("g", 1, "the test says so", 0, null));
        var failed = await _maker.ExpectMsgAsync<StepFailed>();
        Assert.Contains("the test says so", failed.Reason, StringComparison.Ordinal);
        Assert.Equal((1L, 1L), (failed.Epoch, failed.StepNumber));
        Assert.Null((await ReportAsync(first.Device)).Epoch);
    }

    [Fact]
    public async Task Broken_lane_is_told_to_the_node_with_the_other_ranks_endpoints_and_an_abort_is_not()
    {
        var isLost = true;
        _workers.OnStep = (rank, _) => throw new CollectiveAbortedException(1, "peer lost") { IsPeerLost = rank == 0 && isLost };
        var (first, second) = (await ReadyAsync(0), await ReadyAsync(1));
        foreach (var epoch in new[] { 1, 2 })
        {
            isLost = epoch == 1;
            first.Device.Tell(Prepare(first.Ready, epoch, rank: 0, worldSize: 2));
            second.Device.Tell(Prepare(second.Ready, epoch, rank: 1, worldSize: 2));
            await _maker.ExpectMsgAsync<RankPrepared>();
            await _maker.ExpectMsgAsync<RankPrepared>();
            first.Device.Tell(Run(epoch, 1));
            second.Device.Tell(Run(epoch, 1));
            await _maker.ExpectMsgAsync<StepFailed>();
            await _maker.ExpectMsgAsync<StepFailed>();
        }
        var broke = await _node.FishForMessageAsync<LaneBroke>(_ => true);
        Assert.Equal(("g", 1L, "in-process"), (broke.GroupId, broke.Epoch, Assert.Single(broke.Endpoints)));
        await SettleAsync(first.Device);
        while (_node.HasMessages)
            Assert.IsType<WorkerHeld>(await _node.ReceiveOneAsync());
    }

    [Fact]
    public async Task Abort_frees_a_rank_that_still_connects()
    {
        var (device, ready) = await ReadyAsync();
        device.Tell(Prepare(ready, 1, 0, 2)); // Rank 1 never comes.
        await SettleAsync(device);
        device.Tell(new AbortEpoch("g", 1, "the test says so", 0, null));
        var refused = await _maker.ExpectMsgAsync<RankRefused>();
        Assert.Equal((1L, false), (refused.Epoch, refused.IsFinal));
    }

    [Fact]
    public async Task Survivor_joins_the_next_epoch_with_the_weights_it_has()
    {
        var loadCount = 0;
        _workers.OnLoad = _ =>
        {
            loadCount++;
            return null;
        };
        var (device, ready) = await ServingAsync();
        device.Tell(Prepare(ready, 2));
        Assert.Equal(2, (await _maker.ExpectMsgAsync<RankPrepared>()).Epoch);
        Assert.Equal(1, loadCount);
        device.Tell(Run(2, 1));
        Assert.Equal(2, (await _maker.ExpectMsgAsync<StepCompleted>()).Epoch);
    }

    [Fact]
    public async Task Released_rank_gives_its_weights_back_and_the_worker_takes_the_next_group()
    {
        var loadCount = 0;
        _workers.OnLoad = _ =>
        {
            loadCount++;
            return null;
        };
        var (device, ready) = await ServingAsync();
        device.Tell(new ReleaseRank("g", 1, "the replica moved"));
        device.Tell(Prepare(ready, 2)); // At once: the old weights must go first, and nothing may be lost.
        Assert.Equal(2, (await _maker.ExpectMsgAsync<RankPrepared>()).Epoch);
        Assert.Equal(2, loadCount);
        Assert.Empty(_left);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Model_that_cannot_be_loaded_is_a_final_refusal_with_the_loader_s_sentence(bool isCheckpoint)
    {
        _workers.OnLoad = _ => isCheckpoint
            ? new CheckpointException("config.json is missing")
            : new CardMemoryException("the card is full");
        var (device, ready) = await ReadyAsync();
        device.Tell(Prepare(ready, 1));
        var refused = await _maker.ExpectMsgAsync<RankRefused>();
        Assert.Equal((isCheckpoint ? "config.json is missing" : "the card is full", true), (refused.Reason, refused.IsFinal));
        Assert.Equal("ready", (await ReportAsync(device)).State);
    }

    [Fact]
    public async Task Platform_refuses_a_model_before_it_is_loaded_and_its_sentence_is_final()
    {
        _workers.OnFit = (load, _) => throw new PlatformException($"{load.ActivePlatform.Name} has no such attention");
        var (device, ready) = await ReadyAsync();
        device.Tell(Prepare(ready, 1));
        var refused = await _maker.ExpectMsgAsync<RankRefused>();
        Assert.Equal(("cpu has no such attention", true), (refused.Reason, refused.IsFinal));
        Assert.Equal("ready", (await ReportAsync(device)).State);
        Assert.Empty(_workers.Loaded);
    }

    [Fact]
    public async Task What_the_platform_changed_is_what_is_loaded()
    {
        _workers.OnFit = (_, model) => model with { BlockSizeTokens = 2 * model.BlockSizeTokens };
        await ServingAsync();
        Assert.Equal(2 * Given.Model.BlockSizeTokens, Assert.Single(_workers.Loaded).BlockSizeTokens);
    }

    [Fact]
    public async Task Rank_that_throws_fails_its_step_and_the_worker_leaves_and_takes_no_other_epoch()
    {
        _workers.OnStep = (_, _) => throw new InvalidOperationException("our mistake");
        var (device, ready) = await ServingAsync();
        device.Tell(Run(1, 1));
        Assert.Equal("the rank threw; its worker log says what", (await _maker.ExpectMsgAsync<StepFailed>()).Reason);
        await SettleAsync(device);
        Assert.Equal(["the rank threw, so its native state is not to be trusted"], _left);
        var told = await _node.FishForMessageAsync<WorkerFailed>(_ => true);
        Assert.Equal(("the rank threw, so its native state is not to be trusted", ready.Token), (told.Reason, told.Token));
        device.Tell(Prepare(ready, 2));
        Assert.Equal(
            ("its worker is leaving", false), await _maker.ExpectMsgAsync<RankRefused>() is var refused ? (refused.Reason, refused.IsFinal) : default);
    }
}
