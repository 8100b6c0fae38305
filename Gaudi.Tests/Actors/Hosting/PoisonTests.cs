using System.Collections.Concurrent;
using System.Threading.Channels;
using Akka.Actor;
using Gaudi.Actors.Devices;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.Requests;
using Gaudi.Actors.TensorParallel;
using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Execution;
using Gaudi.Tests.Actors.Devices;
using Xunit;

namespace Gaudi.Tests.Actors.Hosting;

/// <summary>A request that fails every step it is in is given up after the second one, and its batch mates notice nothing.</summary>
public sealed class PoisonTests : ActorTests
{
    private const string Fast = """
        gaudi.group { tensor-parallel-size = 2, reform-delay-ms = 1, reform-longest-ms = 1 }
        gaudi.workers { restart-first-ms = 1, restart-longest-ms = 1, restarts-max = 20 }
        gaudi.requests.retry-ms = 500
        gaudi.scheduler { max-num-batched-tokens = 64, max-num-seqs = 8, waiting-max = 8 }
        """;

    private const int Marker = 777;

    private readonly Channel<NodeEvent> _events = Channel.CreateUnbounded<NodeEvent>();

    private async Task<EngineInOneProcess> StartAsync(InProcessWorkers workers, string overrides = "")
    {
        var engine = new EngineInOneProcess(Sys, Given.Settings(Fast + overrides), workers, one => _events.Writer.TryWrite(one));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await foreach (var one in _events.Reader.ReadAllAsync(limit.Token))
            if (one is NodeEvent.GroupChanged { Status.State: "serving" })
                break;
        return engine;
    }

    private InProcessWorkers Workers() => new(Sys, Given.Settings(Fast)) { Facts = FakeRunner.FactsOf(kvBlockCount: 64) };

    private static bool Touches(SequenceStep step, bool decodes) => decodes
        ? step.PromptTokenCount == 3 && step.FirstPosition + step.TokenIds.Length > 4 // The second generated token and those behind it.
        : step.TokenIds.Contains(Marker);

    // T50. "generated": while its prompt is computed nothing happens, so it must stay alone until it is where it failed.
    [Theory]
    [InlineData("the step fails", false)]
    [InlineData("the rank throws", false)]
    [InlineData("the step fails", true)]
    public async Task Eight_requests_of_which_one_fails_every_step_give_seven_answers_and_one_reason(string how, bool decodes)
    {
        var workers = Workers();
        ConcurrentQueue<int> sizes = [];
        workers.OnStep = (rank, plan) =>
        {
            if (rank != 1 || !plan.Sequences.Any(step => Touches(step, decodes)))
                return;
            sizes.Enqueue(plan.Sequences.Length);
            throw how == "the step fails" ? new CardMemoryException("the card is full") : new InvalidOperationException("our mistake");
        };
        var engine = await StartAsync(workers);
        GenerationRequest[] requests =
        [
            .. Enumerable.Range(0, 8).Select(i => i == 3
                ? Given.Request("poison", [1, Marker, 2], 12)
                : Given.Request($"r{i}", [10 + i, 20, 30, 40 + i], 6 + i)),
        ];
        var answers = await Task.WhenAll(requests.Select(engine.RunAsync));
        foreach (var (request, events) in requests.Zip(answers).Where(one => one.First.RequestId != "poison"))
        {
            Assert.Equal(
                FakeModel.Continue(request.PromptTokenIds, request.TokensMax),
                events.OfType<GenerationEvent.Token>().Select(token => token.TokenId));
            Assert.IsType<GenerationEvent.Finished>(events[^1]);
        }
        var refused = Assert.IsType<GenerationEvent.Refused>(answers[3][^1]);
        Assert.Equal((RefusalKind.Failed, null), (refused.Kind, refused.RetryAfterSeconds));
        Assert.Contains("the group failed 2 times while it computed this request", refused.Message, StringComparison.Ordinal);
        Assert.Matches(@"epoch \d+: .*rank 1.*; epoch \d+: .*rank 1", refused.Message);
        Assert.Equal(2, sizes.Count); // Twice, and the second time alone.
        Assert.Equal(1, sizes.Last());
        // Never again, whoever asks, and nothing is computed for it.
        var probe = CreateTestProbe();
        engine.Replica.Tell(new Generate("fake/0", requests[3], [], probe.Ref));
        Assert.Equal((RefusalKind.Failed, refused.Message),
            await probe.ExpectMsgAsync<RequestRefused>() is var again ? (again.Kind, again.Message) : default);
        Assert.Equal(2, sizes.Count);
        engine.Replica.Tell(new GetReplicaStatus("fake/0", probe.Ref));
        var status = await probe.FishForMessageAsync<ReplicaStatus>(_ => true);
        Assert.Equal((0, 0, 0), (status.RunningCount, status.WaitingCount, status.BlocksUsed));
    }

    [Fact]
    public async Task Edge_is_told_of_the_failure_and_the_count_that_it_brings_along_is_gone_on_with()
    {
        var workers = Workers();
        var failureCount = 0;
        workers.OnStep = (rank, _) =>
        {
            if (rank == 0 && Interlocked.Increment(ref failureCount) == 1)
                throw new CardMemoryException("the card is full");
        };
        var engine = await StartAsync(workers);
        var probe = CreateTestProbe();
        engine.Replica.Tell(new Generate("fake/0", Given.Request("r", [1, 2], 2), [], probe.Ref));
        var faulted = await probe.ExpectMsgAsync<RequestFaulted>();
        Assert.Equal(("r", 1, "rank 0: the card is full"), (faulted.RequestId, faulted.FailedStepCount, faulted.Reason));
        await probe.FishForMessageAsync<RequestFinished>(_ => true);

        workers.OnStep = (rank, _) =>
        {
            if (rank == 0 && Interlocked.Increment(ref failureCount) == 6)
                throw new CardMemoryException("the card is full");
        };
        failureCount = 5;
        engine.Replica.Tell(new Generate("fake/0", Given.Request("moved", [3], 2), [], probe.Ref) { FailedStepCount = 1 });
        var refused = await probe.ExpectMsgAsync<RequestRefused>();
        Assert.Equal(("moved", RefusalKind.Failed), (refused.RequestId, refused.Kind));
        engine.Replica.Tell(new Generate("fake/0", Given.Request("bad", [3], 2), [], probe.Ref) { FailedStepCount = 2 });
        Assert.Equal("bad", (await probe.ExpectMsgAsync<RequestRefused>()).RequestId);
        Assert.Equal(6, failureCount);
    }

    [Fact]
    public async Task Full_queue_of_a_degraded_replica_is_503_and_what_it_holds_says_why_it_waits()
    {
        var workers = Workers();
        var engine = await StartAsync(workers, "gaudi.scheduler.waiting-max = 1");
        var lost = TpGroup.Empty("fake/0").After(8).Degrade("2 cards are needed and 1 of 2 are ready", isFinal: false);
        engine.Replica.Tell(new GroupChanged(lost));
        var probe = CreateTestProbe();
        engine.Replica.Tell(new Generate("fake/0", Given.Request("a", [1], 2), [], probe.Ref)); // Room for one that goes first.
        engine.Replica.Tell(new Generate("fake/0", Given.Request("b", [2], 2), [], probe.Ref));
        var refused = await probe.ExpectMsgAsync<RequestRefused>();
        Assert.Equal(("b", RefusalKind.Unavailable, 1), (refused.RequestId, refused.Kind, refused.RetryAfterSeconds));
        Assert.Contains("does not serve: 2 cards are needed and 1 of 2 are ready", refused.Message, StringComparison.Ordinal);
        engine.Replica.Tell(new Generate("fake/0", Given.Request("a", [1], 2), [], probe.Ref));
        Assert.Equal("2 cards are needed and 1 of 2 are ready", (await probe.ExpectMsgAsync<RequestHeld>()).Obstacle);
    }

    [Fact]
    public async Task Rank_that_hangs_in_a_collective_group_of_four_is_replaced_alone_and_the_stream_goes_on() // T47
    {
        using var release = new ManualResetEventSlim();
        const string four = "gaudi.group { tensor-parallel-size = 4, hang { first-limit-ms = 1500, grace-ms = 500 } }";
        var workers = new InProcessWorkers(Sys, Given.Settings(Fast + four));
        var hangCount = 0;
        workers.OnStep = (rank, plan) =>
        {
            if (rank == 2 && plan.StepNumber == 4 && Interlocked.Increment(ref hangCount) == 1)
                release.Wait(TimeSpan.FromSeconds(25));
        };
        var engine = await StartAsync(workers, four);
        var request = Given.Request("r", [1, 2, 3], 12);
        var events = await engine.RunAsync(request);
        release.Set();
        Assert.Equal(FakeModel.Continue([1, 2, 3], 12), events.OfType<GenerationEvent.Token>().Select(token => token.TokenId));
        Assert.Equal(5, workers.Devices.Count); // Four, and the replacement of the one that hung.
    }
}
