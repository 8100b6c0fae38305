using System.Threading.Channels;
using Akka.Actor;
using Gaudi.Actors.Devices;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.Requests;
using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Models;
using Gaudi.Tests.Actors.Devices;
using Gaudi.Tests.Hpu.Plugins;
using Xunit;

namespace Gaudi.Tests.Actors.Hosting;

/// <summary>The whole road of a request over two ranks, and what failures do to it: nothing that a client can see.</summary>
public sealed class EngineTests : ActorTests
{
    private const string Fast = """
        gaudi.group { tensor-parallel-size = 2, reform-delay-ms = 1 }
        gaudi.workers { restart-first-ms = 1, restart-longest-ms = 1, restarts-max = 3 }
        gaudi.requests.retry-ms = 500
        gaudi.scheduler { max-num-batched-tokens = 8, max-num-seqs = 2, waiting-max = 1 }
        """;

    private readonly Channel<NodeEvent> _events = Channel.CreateUnbounded<NodeEvent>();
    private readonly InProcessWorkers _workers;

    public EngineTests() => _workers = new InProcessWorkers(Sys, Given.Settings(Fast));

    private EngineInOneProcess Start(InProcessWorkers? workers = null, int? cardCount = null, string overrides = "") =>
        new(Sys, Given.Settings(Fast + overrides), workers ?? _workers, one => _events.Writer.TryWrite(one), cardCount);

    private async Task<ReplicaStatus> WaitForAsync(Func<ReplicaStatus, bool> isIt)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await foreach (var one in _events.Reader.ReadAllAsync(limit.Token))
            if (one is NodeEvent.GroupChanged changed && isIt(changed.Status))
                return changed.Status;
        throw new InvalidOperationException("the events ended");
    }

    private Task<ReplicaStatus> ServingAsync(long epoch = 1) =>
        WaitForAsync(status => status.State == "serving" && status.Epoch >= epoch);

    private async Task<ReplicaStatus> StatusAsync(EngineInOneProcess engine)
    {
        var probe = CreateTestProbe();
        engine.Replica.Tell(new GetReplicaStatus("fake/0", probe.Ref));
        return await probe.ExpectMsgAsync<ReplicaStatus>();
    }

    private static void AssertAnswer(GenerationRequest request, List<GenerationEvent> events)
    {
        var prompt = request.PromptTokenIds;
        Assert.Equal(
            FakeModel.Continue(prompt, request.TokensMax).Select((token, i) => (prompt.Length + i, token)),
            events.OfType<GenerationEvent.Token>().Select(token => (token.Position, token.TokenId)));
        Assert.Equal(new GenerationEvent.Finished(FinishReason.Length, null), events[^1]);
        Assert.Equal(request.TokensMax + 1, events.Count);
    }

    [Fact]
    public async Task Requests_are_answered_over_two_ranks_and_leave_no_block_behind()
    {
        var engine = Start(overrides: "gaudi.scheduler.waiting-max = 3");
        var status = await ServingAsync();
        Assert.Equal(["node card 0", "node card 1"], status.Ranks.AsEnumerable());
        GenerationRequest[] requests =
            [Given.Request("a", Enumerable.Range(1, 20), 10), Given.Request("b", [4], 12), Given.Request("b", [4], 3, choice: 1)];
        var answers = await Task.WhenAll(requests.Select(engine.RunAsync));
        foreach (var (request, events) in requests.Zip(answers))
            AssertAnswer(request, events);
        Assert.Equal((0, 0, 0),
            await StatusAsync(engine) is var after ? (after.BlocksUsed, after.RunningCount, after.WaitingCount) : default);
    }

    [Fact]
    public async Task Failed_step_starts_a_new_epoch_and_the_stream_goes_on_with_the_same_tokens()
    {
        var engine = Start();
        await ServingAsync();
        var failureCount = 0;
        _workers.OnStep = (rank, plan) =>
        {
            if (rank == 1 && plan.StepNumber == 4 && Interlocked.Increment(ref failureCount) == 1)
                throw new CardMemoryException("the card is full");
        };
        var request = Given.Request("r", [1, 2, 3], 12);
        AssertAnswer(request, await engine.RunAsync(request));
        Assert.Equal((2L, 0), await StatusAsync(engine) is var after ? (after.Epoch, after.BlocksUsed) : default);
    }

    [Fact]
    public async Task Rank_that_throws_is_replaced_and_the_stream_goes_on_with_the_same_tokens()
    {
        var engine = Start();
        await ServingAsync();
        var failureCount = 0;
        _workers.OnStep = (rank, plan) =>
        {
            if (rank == 0 && plan.StepNumber == 5 && Interlocked.Increment(ref failureCount) == 1)
                throw new InvalidOperationException("our mistake");
        };
        var request = Given.Request("r", [1, 2, 3], 12);
        AssertAnswer(request, await engine.RunAsync(request));
        Assert.Equal(3, _workers.Devices.Count); // Two workers, and the replacement.
        Assert.Equal(0, (await StatusAsync(engine)).BlocksUsed);
    }

    [Fact]
    public async Task Full_queue_is_refused_and_what_waits_is_served()
    {
        var engine = Start();
        await ServingAsync();
        using var inStep = new SemaphoreSlim(0);
        using var mayGoOn = new ManualResetEventSlim();
        _workers.OnStep = (rank, _) =>
        {
            if (rank == 0)
                inStep.Release();
            mayGoOn.Wait(TimeSpan.FromSeconds(20));
        };
        var probe = CreateTestProbe();
        void Send(string id) => engine.Replica.Tell(new Generate("fake/0", Given.Request(id, [1, 2], 2), [], probe.Ref));

        Send("first");
        Assert.True(await inStep.WaitAsync(TimeSpan.FromSeconds(20)));
        Send("second"); // Waits: the step runs.
        Send("third");
        var refused = await probe.ExpectMsgAsync<RequestRefused>();
        Assert.Equal(("third", RefusalKind.QueueFull, 1), (refused.RequestId, refused.Kind, refused.RetryAfterSeconds));
        mayGoOn.Set();
        List<string> finished = [];
        while (finished.Count < 2)
            finished.Add((await probe.FishForMessageAsync<RequestFinished>(_ => true)).RequestId);
        Assert.Equal(["first", "second"], finished);
        Assert.Equal(0, (await StatusAsync(engine)).BlocksUsed);
    }

    [Fact]
    public async Task Abort_while_a_step_runs_frees_every_block_after_it()
    {
        var engine = Start();
        await ServingAsync();
        using var inStep = new SemaphoreSlim(0);
        using var mayGoOn = new ManualResetEventSlim();
        _workers.OnStep = (rank, _) =>
        {
            if (rank == 0)
                inStep.Release();
            mayGoOn.Wait(TimeSpan.FromSeconds(20));
        };
        var probe = CreateTestProbe();
        engine.Replica.Tell(new Generate("fake/0", Given.Request("gone", [1, 2], 50), [], probe.Ref));
        Assert.True(await inStep.WaitAsync(TimeSpan.FromSeconds(20)));
        engine.Replica.Tell(new AbortRequest("fake/0", "gone", 0));
        Assert.NotEqual(0, (await StatusAsync(engine)).BlocksUsed);
        mayGoOn.Set();
        engine.Replica.Tell(new Generate("fake/0", Given.Request("next", [3], 3), [], probe.Ref));
        await probe.FishForMessageAsync<RequestFinished>(finished => finished.RequestId == "next");
        Assert.Equal((0, 0), await StatusAsync(engine) is var after ? (after.BlocksUsed, after.RunningCount) : default);
    }

    [Fact]
    public async Task Repeated_Generate_sends_what_is_missing_and_draws_nothing_twice()
    {
        var engine = Start();
        await ServingAsync();
        var request = Given.Request("r", [1, 2, 3], 6);
        var probe = CreateTestProbe();
        engine.Replica.Tell(new Generate("fake/0", request, [], probe.Ref));
        await probe.FishForMessageAsync<RequestFinished>(_ => true);
        var late = CreateTestProbe();
        var whole = FakeModel.Continue([1, 2, 3], 6);
        engine.Replica.Tell(new Generate("fake/0", request, [.. whole[..4]], late.Ref));
        Assert.Equal(new RequestHeld("r", 0), await late.ExpectMsgAsync<RequestHeld>());
        Assert.Equal((7, whole[4]), await late.ExpectMsgAsync<TokenGenerated>() is var five ? (five.Position, five.TokenId) : default);
        Assert.Equal((8, whole[5]), await late.ExpectMsgAsync<TokenGenerated>() is var six ? (six.Position, six.TokenId) : default);
        Assert.Equal(9, (await late.ExpectMsgAsync<RequestFinished>()).EndPosition);
    }

    [Fact]
    public async Task Replica_that_knows_nothing_goes_on_from_the_emitted_tokens()
    {
        var engine = Start();
        await ServingAsync();
        var whole = FakeModel.Continue([1, 2, 3], 6);
        var probe = CreateTestProbe();
        engine.Replica.Tell(new Generate("fake/0", Given.Request("r", [1, 2, 3], 6), [.. whole[..4]], probe.Ref));
        Assert.Equal((7, whole[4]), await probe.ExpectMsgAsync<TokenGenerated>() is var five ? (five.Position, five.TokenId) : default);
        Assert.Equal((8, whole[5]), await probe.ExpectMsgAsync<TokenGenerated>() is var six ? (six.Position, six.TokenId) : default);
        Assert.Equal(9, (await probe.ExpectMsgAsync<RequestFinished>()).EndPosition);
    }

    [Fact]
    public async Task Model_that_cannot_be_loaded_is_reported_and_requests_are_refused_for_good()
    {
        _workers.OnLoad = _ => new CheckpointException("config.json is missing");
        var engine = Start();
        var status = await WaitForAsync(one => one.IsFinal);
        Assert.Contains("config.json is missing", status.Reason, StringComparison.Ordinal);
        var refused = Assert.IsType<GenerationEvent.Refused>(Assert.Single(await engine.RunAsync(Given.Request("r", [1]))));
        Assert.Equal((RefusalKind.Failed, null), (refused.Kind, refused.RetryAfterSeconds));
        var health = await engine.Node.Reports.HealthAsync(CancellationToken.None);
        Assert.False(health.IsServing);
    }

    [Fact]
    public async Task Workers_with_different_plugins_never_serve_together_and_the_difference_is_named()
    {
        var workers = new InProcessWorkers(Sys, Given.Settings(Fast))
        {
            PluginsOf = launch => new FakePlugins().General(launch.CardIndex == 0 ? "ops" : "other", _ => { }),
        };
        var engine = Start(workers);
        var status = await WaitForAsync(one => one.Reason.Contains("op registry", StringComparison.Ordinal)); // T44, G5
        Assert.EndsWith(
            "they must be equal: -plugin vllm.general_plugins ops Fake:Register_ops 1.0.0, "
            + "+plugin vllm.general_plugins other Fake:Register_other 1.0.0",
            status.Reason, StringComparison.Ordinal);
        var refused = Assert.IsType<GenerationEvent.Refused>(Assert.Single(await engine.RunAsync(Given.Request("r", [1]))));
        Assert.Equal(RefusalKind.Unavailable, refused.Kind);
    }

    [Fact]
    public async Task Fewer_cards_than_ranks_is_said_in_one_sentence()
    {
        Start(cardCount: 1);
        var status = await WaitForAsync(one => one.Reason.StartsWith("2 cards are needed and 1 of 1 are ready", StringComparison.Ordinal));
        Assert.Equal("degraded", status.State);
    }

    [Fact]
    public async Task Reports_show_plugins_ops_cards_and_health_of_every_worker()
    {
        var engine = Start();
        await ServingAsync();
        var request = Given.Request("r", [1, 2, 3], 2);
        AssertAnswer(request, await engine.RunAsync(request));
        var reports = engine.Node.Reports;
        Assert.Equal([("node", 0, "ops"), ("node", 1, "ops")],
            (await reports.PluginsAsync(CancellationToken.None)).Select(row => (row.Node, row.Card!.Value, row.Name)));
        var ops = await reports.OpsAsync(CancellationToken.None);
        Assert.Equal(2, ops.Workers.Length);
        Assert.All(ops.Workers, worker => Assert.Equal(ops.Digest, worker.Digest));
        Assert.Equal(["OtherOp", "ProbeOp"], ops.Ops.Select(op => op.Name));
        Assert.Equal([(0, "serving", 0, "fake/0", 1L), (1, "serving", 1, "fake/0", 1L)],
            (await reports.CardsAsync(CancellationToken.None)).Select(row =>
                (row.Card, row.State, row.Rank!.Value, row.Group!, row.Epoch!.Value)));
        Assert.True((await reports.HealthAsync(CancellationToken.None)).IsServing);
    }
}
