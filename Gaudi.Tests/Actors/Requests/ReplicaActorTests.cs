using System.Threading.Channels;
using Akka.Actor;
using Gaudi.Actors.Devices;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.Requests;
using Gaudi.Actors.TensorParallel;
using Gaudi.Hpu.Execution;
using Gaudi.Tests.Actors.Devices;
using Gaudi.Tests.Actors.Hosting;
using Xunit;

namespace Gaudi.Tests.Actors.Requests;

/// <summary>What a replica tells of its scheduler: scores, cached tokens, several tokens a step, counters, limits that change.</summary>
public sealed class ReplicaActorTests : ActorTests
{
    private const string Fast = """
        gaudi.group { tensor-parallel-size = 2, reform-delay-ms = 1 }
        gaudi.scheduler { max-num-batched-tokens = 8, max-num-seqs = 2 }
        """;

    private readonly Channel<NodeEvent> _events = Channel.CreateUnbounded<NodeEvent>();
    private readonly InProcessWorkers _workers;

    public ReplicaActorTests() => _workers = new InProcessWorkers(Sys, Given.Settings(Fast));

    private async Task<EngineInOneProcess> StartAsync(string overrides = "")
    {
        var engine = new EngineInOneProcess(Sys, Given.Settings(Fast + overrides), _workers, one => _events.Writer.TryWrite(one));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await foreach (var one in _events.Reader.ReadAllAsync(limit.Token))
            if (one is NodeEvent.GroupChanged { Status.State: "serving" })
                break;
        return engine;
    }

    private async Task<ReplicaStatus> StatusAsync(EngineInOneProcess engine)
    {
        var probe = CreateTestProbe();
        engine.Replica.Tell(new GetReplicaStatus("fake/0", probe.Ref));
        return await probe.ExpectMsgAsync<ReplicaStatus>();
    }

    private async Task<List<object>> RunAsync(EngineInOneProcess engine, GenerationRequest request)
    {
        var probe = CreateTestProbe();
        engine.Replica.Tell(new Generate("fake/0", request, [], probe.Ref));
        return await UntilFinishedAsync(probe);
    }

    private static async Task<List<object>> UntilFinishedAsync(Akka.TestKit.TestProbe probe)
    {
        List<object> messages = [];
        while (messages is not [.., RequestFinished])
            messages.Add(await probe.FishForMessageAsync<object>(_ => true));
        return messages;
    }

    private static IEnumerable<int> TokensOf(IEnumerable<object> messages) =>
        messages.OfType<TokenGenerated>().Select(token => token.TokenId);

    [Fact]
    public async Task Watchers_hear_how_the_replica_is_at_once_and_at_every_change()
    {
        var engine = await StartAsync();
        var watcher = CreateTestProbe();
        engine.Replica.Tell(new WatchReplica("fake/0", watcher.Ref));
        Assert.Equal(new ReplicaChanged("fake/0", "serving", false, 1), await watcher.ExpectMsgAsync<ReplicaChanged>());
        engine.Replica.Tell(new WatchReplica("fake/0", watcher.Ref)); // Repeated: one answer, and one word of a change.
        await watcher.ExpectMsgAsync<ReplicaChanged>();
        var failures = 1;
        _workers.OnStep = (_, _) =>
        {
            if (Interlocked.Decrement(ref failures) >= 0)
                throw new InvalidOperationException("one step fails");
        };
        var tokens = await RunAsync(engine, Given.Request("r", [1, 2, 3], 2));
        Assert.Equal(2, TokensOf(tokens).Count());
        List<ReplicaChanged> heard = [];
        while (heard is not [.., { State: "serving" }])
            heard.Add(await watcher.ExpectMsgAsync<ReplicaChanged>());
        Assert.Equal(["degraded", "forming", "serving"], heard.Select(one => one.State).Distinct());
        Assert.Equal((1, 2, 2), (heard[0].Epoch, heard[^2].Epoch, heard[^1].Epoch));
        await SilentAsync(engine.Replica, watcher);
    }

    [Fact]
    public async Task Ending_tells_what_the_prefix_cache_had() // S17
    {
        var engine = await StartAsync();
        int[] prompt = [1, 2, 3, 4, 5, 6];
        var first = await RunAsync(engine, Given.Request("first", prompt, 2));
        var second = await RunAsync(engine, Given.Request("second", prompt, 2));
        Assert.Equal([0, 4], new[] { first, second }.Select(all => Assert.IsType<RequestFinished>(all[^1]).CachedTokenCount));
        Assert.Equal(TokensOf(first), TokensOf(second));
    }

    [Fact]
    public async Task Scores_of_the_prompt_come_before_the_first_token_and_again_to_an_edge_that_asks_again()
    {
        var engine = await StartAsync();
        var request = Given.Request("r", Enumerable.Range(100, 12), 2) with { PromptLogprobCount = 1 };
        var messages = await RunAsync(engine, request);
        Assert.Equal(
            [typeof(PromptScored), typeof(PromptScored), typeof(TokenGenerated), typeof(TokenGenerated), typeof(RequestFinished)],
            messages.Select(message => message.GetType()));
        Assert.Equal(
            Enumerable.Range(1, 11).Select(position => (position, 100 + position)),
            messages.OfType<PromptScored>().SelectMany(one => one.Scores).Select(score => (score.Position, score.TokenId)));

        var late = CreateTestProbe();
        engine.Replica.Tell(new Generate("fake/0", request, [.. TokensOf(messages).Take(1)], late.Ref));
        var again = await UntilFinishedAsync(late);
        Assert.Equal(
            [typeof(RequestHeld), typeof(PromptScored), typeof(PromptScored), typeof(TokenGenerated), typeof(RequestFinished)],
            again.Select(message => message.GetType()));
    }

    [Fact]
    public async Task Scores_that_are_computed_anew_are_not_sent_twice()
    {
        var engine = await StartAsync();
        var failureCount = 0;
        _workers.OnStep = (rank, plan) =>
        {
            if (rank == 0 && plan.StepNumber == 2 && Interlocked.Increment(ref failureCount) == 1)
                throw new Gaudi.Hpu.Cards.CardMemoryException("the card is full");
        };
        var messages = await RunAsync(engine, Given.Request("r", Enumerable.Range(100, 12), 2) with { PromptLogprobCount = 1 });
        Assert.Equal(
            Enumerable.Range(1, 11), messages.OfType<PromptScored>().SelectMany(one => one.Scores).Select(score => score.Position));
        Assert.Equal(FakeModel.Continue(Enumerable.Range(100, 12), 2), TokensOf(messages));
        Assert.Equal(2, failureCount); // The second step came once in each epoch.
    }

    [Fact]
    public async Task Tokens_of_drafts_that_stand_are_sent_one_by_one_and_counted()
    {
        var engine = await StartAsync("gaudi.speculative { method = draft-model, model = draft, num-speculative-tokens = 3 }");
        var messages = await RunAsync(engine, Given.Request("r", [1, 2, 3], 12));
        Assert.Equal(FakeModel.Continue([1, 2, 3], 12), TokensOf(messages));
        Assert.Equal(Enumerable.Range(3, 12), messages.OfType<TokenGenerated>().Select(token => token.Position));
        var counters = (await StatusAsync(engine)).Counters;
        Assert.Equal((3L, 12L), (counters.PromptTokenCount, counters.GeneratedTokenCount));
        Assert.True(counters.AcceptedTokenCount > 0, $"{counters}");
        Assert.Equal(counters.AcceptedTokenCount, counters.AcceptedByPosition.Sum());
    }

    [Fact]
    public async Task Choice_that_comes_back_after_its_end_was_forgotten_runs_to_its_end()
    {
        var engine = await StartAsync("gaudi.scheduler.finished-kept = 1");
        var (first, again, other) = (CreateTestProbe(), CreateTestProbe(), CreateTestProbe());
        var request = Given.Request("r", [1, 2, 3], 8);
        engine.Replica.Tell(new Generate("fake/0", request, [], first.Ref));
        await UntilFinishedAsync(first);
        ((IInternalActorRef)first.Ref).Stop(); // On this thread.
        await StatusAsync(engine); // The news is in the replica's mailbox, before what follows.
        using var mayGoOn = new ManualResetEventSlim();
        _workers.OnStep = (_, _) => mayGoOn.Wait(TimeSpan.FromSeconds(20));
        engine.Replica.Tell(new Generate("fake/0", request, [], again.Ref));
        engine.Replica.Tell(new Generate("fake/0", Given.Request("other", [4, 5, 6], 1), [], other.Ref));
        mayGoOn.Set();
        await UntilFinishedAsync(other); // One ending more than is remembered.
        var messages = await UntilFinishedAsync(again);
        Assert.IsType<TokenGenerated>(messages[0]); // It was not held any more.
        Assert.Equal(FakeModel.Continue([1, 2, 3], 8), TokensOf(messages));
    }

    [Fact]
    public async Task Choice_that_does_not_fit_the_next_group_is_given_back_with_the_numbers()
    {
        var engine = await StartAsync();
        using var mayGoOn = new ManualResetEventSlim();
        _workers.OnStep = (_, _) => mayGoOn.Wait(TimeSpan.FromSeconds(20));
        var probe = CreateTestProbe();
        engine.Replica.Tell(new Generate("fake/0", Given.Request("big", [1, 2, 3], 40), [], probe.Ref));
        var lost = TpGroup.Empty("fake/0").After(8).Degrade("a card is gone", isFinal: false);
        engine.Replica.Tell(new GroupChanged(lost));
        engine.Replica.Tell(new GroupChanged(lost with
        {
            State = TpGroupState.Serving, Epoch = 9, Cards = [Given.Card("node", 0, null)],
            Prepared = [FakeRunner.FactsOf(kvBlockCount: 10)],
        }));
        var refused = await probe.FishForMessageAsync<RequestRefused>(_ => true);
        Assert.Equal(RefusalKind.Failed, refused.Kind);
        Assert.Contains("the request can take 42 positions and the KV cache holds 40", refused.Message, StringComparison.Ordinal);
        Assert.Equal((0, 0, 0), await StatusAsync(engine) is var after ? (after.RunningCount, after.WaitingCount, after.BlocksUsed) : default);
        mayGoOn.Set();
    }
}
