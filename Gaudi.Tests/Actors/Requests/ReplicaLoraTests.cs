using System.Threading.Channels;
using Akka.Actor;
using Gaudi.Actors.Devices;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.Requests;
using Gaudi.Hpu.Models.Lora;
using Gaudi.Tests.Actors.Devices;
using Gaudi.Tests.Actors.Hosting;
using Xunit;

namespace Gaudi.Tests.Actors.Requests;

/// <summary>Adapters of a replica: loaded on every rank or none, there again after an epoch, kept while a choice uses them.</summary>
public sealed class ReplicaLoraTests : ActorTests
{
    private const string Fast = """
        gaudi.group { tensor-parallel-size = 2, reform-delay-ms = 1 }
        gaudi.workers { restart-first-ms = 1, restart-longest-ms = 1, restarts-max = 3 }
        gaudi.requests.retry-ms = 200
        gaudi.scheduler { max-num-batched-tokens = 8, max-num-seqs = 2 }
        """;

    private readonly Channel<NodeEvent> _events = Channel.CreateUnbounded<NodeEvent>();
    private readonly InProcessWorkers _workers;

    public ReplicaLoraTests() => _workers = new InProcessWorkers(Sys, Given.Settings(Fast));

    private static LoraAdapter Adapter(string id, string folder = "/adapters/good") => new(id, id.Split('#')[0], folder, "digest");

    private static GenerationRequest Adapted(string id, LoraAdapter adapter, int tokensMax = 12) =>
        Given.Request(id, [1, 2, 3], tokensMax) with { Lora = adapter, CacheKeys = new CacheKeys(null, adapter.Id, []) };

    private async Task<EngineInOneProcess> StartAsync()
    {
        var engine = new EngineInOneProcess(Sys, Given.Settings(Fast), _workers, one => _events.Writer.TryWrite(one));
        await ServingAsync(1);
        return engine;
    }

    private async Task ServingAsync(long epoch)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await foreach (var one in _events.Reader.ReadAllAsync(limit.Token))
            if (one is NodeEvent.GroupChanged { Status.State: "serving" } changed && changed.Status.Epoch >= epoch)
                return;
    }

    private string[] OnRanks() => [.. _workers.Runners.Where(one => !one.IsDisposed).Select(one => string.Join(' ', one.LoraIds))];

    [Fact]
    public async Task Adapter_is_loaded_on_every_rank_and_unloaded_again()
    {
        var engine = await StartAsync();
        var loras = engine.Node.Loras!;
        Assert.Null(await loras.LoadAsync(Adapter("a#1"), CancellationToken.None));
        Assert.Null(await loras.LoadAsync(Adapter("a#1"), CancellationToken.None)); // there already
        Assert.Equal(["a#1", "a#1"], OnRanks());
        var refusal = await loras.LoadAsync(Adapter("b#2", "/adapters/bad"), CancellationToken.None);
        Assert.Matches(@"^rank [01]: /adapters/bad: expected an adapter$", refusal!.Reason);
        Assert.False(refusal.IsUnavailable);
        Assert.IsType<GenerationEvent.Finished>((await engine.RunAsync(Adapted("r", Adapter("a#1"))))[^1]);
        Assert.True(await loras.UnloadAsync("a#1", CancellationToken.None));
        var late = Assert.IsType<GenerationEvent.Refused>(Assert.Single(await engine.RunAsync(Adapted("late", Adapter("a#1")))));
        Assert.Equal(
            (RefusalKind.UnknownModel, "The model `a` does not exist: the adapter was unloaded."), (late.Kind, late.Message));
        Assert.Null(await loras.LoadAsync(Adapter("c#3"), CancellationToken.None)); // behind the word to forget a
        Assert.Equal(["c#3", "c#3"], OnRanks());
    }

    [Fact]
    public async Task New_rank_of_the_next_epoch_has_the_adapters_and_the_stream_goes_on()
    {
        var engine = await StartAsync();
        Assert.Null(await engine.Node.Loras!.LoadAsync(Adapter("a#1"), CancellationToken.None));
        var failureCount = 0;
        _workers.OnStep = (rank, plan) =>
        {
            if (rank == 0 && plan.StepNumber == 5 && Interlocked.Increment(ref failureCount) == 1)
                throw new InvalidOperationException("our mistake");
        };
        var request = Adapted("r", Adapter("a#1"));
        var events = await engine.RunAsync(request);
        Assert.Equal(FakeModel.Continue(request.PromptTokenIds, 12), events.OfType<GenerationEvent.Token>().Select(token => token.TokenId));
        Assert.Equal(3, _workers.Runners.Count);
        Assert.Equal(["a#1", "a#1"], _workers.Runners.TakeLast(2).Select(one => string.Join(' ', one.LoraIds)));
    }

    [Fact]
    public async Task Accepted_choices_run_to_their_end_while_their_adapter_leaves()
    {
        var engine = await StartAsync();
        var loras = engine.Node.Loras!;
        Assert.Null(await loras.LoadAsync(Adapter("a#1"), CancellationToken.None));
        using var inStep = new SemaphoreSlim(0);
        using var mayGoOn = new ManualResetEventSlim();
        _workers.OnStep = (rank, _) =>
        {
            if (rank == 0)
                inStep.Release();
            mayGoOn.Wait(TimeSpan.FromSeconds(20));
        };
        var running = engine.RunAsync(Adapted("r", Adapter("a#1")));
        Assert.True(await inStep.WaitAsync(TimeSpan.FromSeconds(20)));
        var status = CreateTestProbe();
        engine.Replica.Tell(new GetReplicaStatus("fake/0", status.Ref));
        Assert.Equal(["a"], (await status.ExpectMsgAsync<ReplicaStatus>()).RunningLoras.AsEnumerable());
        Assert.True(await loras.UnloadAsync("a#1", CancellationToken.None));
        Assert.IsType<GenerationEvent.Refused>((await engine.RunAsync(Adapted("late", Adapter("a#1"))))[^1]);
        mayGoOn.Set();
        Assert.Equal(12, (await running).OfType<GenerationEvent.Token>().Count());
        Assert.Null(await loras.LoadAsync(Adapter("b#2"), CancellationToken.None));
        Assert.Equal(["b#2", "b#2"], OnRanks());
    }

    [Fact]
    public void Adapter_that_is_unloaded_while_it_loads_is_dropped_when_it_is_there()
    {
        var loras = new ReplicaLoras();
        Assert.True(loras.Begin(Adapter("a#1"), null));
        loras.Leave("a#1");
        Assert.Empty(loras.TakeLeft(_ => false));
        loras.Loaded("a#1", null, false);
        Assert.Empty(loras.TakeLeft(_ => true));
        Assert.Equal(["a#1"], loras.TakeLeft(_ => false).AsEnumerable());
        Assert.Equal(RefusalKind.UnknownModel, loras.Obstacle(Adapter("a#1"))!.Value.Kind);
    }

    [Fact]
    public async Task Replica_that_has_forgotten_an_adapter_loads_what_a_request_brings()
    {
        var engine = await StartAsync();
        var first = Assert.IsType<GenerationEvent.Refused>((await engine.RunAsync(Adapted("r", Adapter("a#1"))))[^1]);
        Assert.Equal((RefusalKind.Unavailable, 1), (first.Kind, first.RetryAfterSeconds));
        Assert.Null(await engine.Node.Loras!.LoadAsync(Adapter("a#1"), CancellationToken.None)); // the same load, waited for
        Assert.IsType<GenerationEvent.Finished>((await engine.RunAsync(Adapted("again", Adapter("a#1"))))[^1]);
    }
}
