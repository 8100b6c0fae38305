using System.Collections.Immutable;
using Gaudi.Actors.Requests;
using Gaudi.Hpu.Models.Lora;
using Gaudi.Tests.Actors.Devices;
using Gaudi.Tests.Cluster;
using Xunit;

namespace Gaudi.Tests.Actors.Hosting;

/// <summary>Two replicas of one model behind one gateway: each has its card, and what one loses the other goes on with.</summary>
public sealed class ReplicasTests : ActorTests
{
    private const string Two = """
        gaudi.group { tensor-parallel-size = 1, reform-delay-ms = 1 }
        gaudi.replicas { data-parallel-size = 2 }
        gaudi.workers { restart-first-ms = 1, restart-longest-ms = 1, restarts-max = 3 }
        gaudi.requests.retry-ms = 200
        gaudi.model.block-size-tokens = 4
        gaudi.scheduler { max-num-batched-tokens = 8, max-num-seqs = 2, waiting-max = 1 }
        """;

    private readonly InProcessWorkers _workers;

    public ReplicasTests() => _workers = new InProcessWorkers(Sys, Given.Settings(Two));

    private async Task<ReplicasInOneProcess> StartAsync()
    {
        var engine = new ReplicasInOneProcess(Sys, Given.Settings(Two), _workers);
        await engine.ServeAsync();
        return engine;
    }

    private static IEnumerable<int> TokensOf(IEnumerable<GenerationEvent> events) =>
        events.OfType<GenerationEvent.Token>().Select(token => token.TokenId);

    private static void AssertAnswer(int[] prompt, int count, List<GenerationEvent> events)
    {
        Assert.Equal(FakeModel.Continue(prompt, count), TokensOf(events));
        Assert.Equal(Enumerable.Range(prompt.Length, count), events.OfType<GenerationEvent.Token>().Select(token => token.Position));
        Assert.Equal(FinishReason.Length, Assert.IsType<GenerationEvent.Finished>(events[^1]).Reason);
    }

    private static async Task<int> CardOfAsync(ReplicasInOneProcess engine, string group) =>
        (await engine.Node.Reports.CardsAsync(CancellationToken.None)).Single(card => card.Group == group && card.Rank == 0).Card;

    private static async Task<ImmutableArray<long>> GeneratedAsync(ReplicasInOneProcess engine) =>
        [.. (await engine.Node.Reports.EnginesAsync(CancellationToken.None)).Select(one => one.Counters.GeneratedTokenCount)];

    [Fact]
    public async Task Each_replica_has_a_card_and_both_compute()
    {
        var engine = await StartAsync();
        Assert.NotEqual(await CardOfAsync(engine, "fake/0"), await CardOfAsync(engine, "fake/1"));
        using var gate = new ManualResetEventSlim();
        _workers.OnStep = (_, _) => gate.Wait(TimeSpan.FromSeconds(20)); // Both are open before either ends.
        var (a, b) = (engine.RunAsync(Given.Request("a", [1, 2, 3], 7)), engine.RunAsync(Given.Request("b", [4, 5, 6], 8)));
        gate.Set();
        AssertAnswer([1, 2, 3], 7, await a);
        AssertAnswer([4, 5, 6], 8, await b);
        Assert.Equal(new long[] { 7, 8 }, (await GeneratedAsync(engine)).AsEnumerable());
        Assert.True((await engine.Node.Reports.HealthAsync(CancellationToken.None)).IsServing);
    }

    [Fact]
    public async Task Stream_whose_replica_loses_its_only_card_goes_on_at_the_other_and_that_ones_own_is_not_disturbed()
    {
        var engine = await StartAsync();
        var card = await CardOfAsync(engine, "fake/0");
        var steps = 0;
        _workers.OnStep = (_, plan) =>
        {
            // A's fifth token is drawn when its worker dies.
            if (plan.Sequences.Any(one => one.SequenceId == 1) && Interlocked.Increment(ref steps) == 10)
                engine.Kill(card);
        };
        var (a, b) = (engine.RunAsync(Given.Request("a", [1, 2, 3], 60)), engine.RunAsync(Given.Request("b", [4, 5, 6], 60)));
        AssertAnswer([1, 2, 3], 60, await a);
        AssertAnswer([4, 5, 6], 60, await b);
        Assert.True(steps >= 10, $"the card was not killed: {steps} steps");
        Assert.True(await GeneratedAsync(engine) is [< 60, > 60], "nothing moved");
    }

    [Fact]
    public async Task Requests_that_one_replica_has_no_room_for_run_at_the_other()
    {
        var engine = await StartAsync();
        using var gate = new ManualResetEventSlim();
        _workers.OnStep = (_, _) => gate.Wait(TimeSpan.FromSeconds(20));
        // The same prompt draws all of them to the first, which has room for one that runs and one that waits.
        int[] prompt = [.. Enumerable.Range(1, 8)];
        var answers = Enumerable.Range(0, 4).Select(one => engine.RunAsync(Given.Request($"r{one}", prompt, 20))).ToList();
        await Eventually.ReadAsync(
            () => engine.Node.Reports.EnginesAsync(CancellationToken.None),
            all => all.Length == 2 && all.All(one => one.RunningCount + one.WaitingCount == 2), TimeSpan.FromSeconds(20));
        gate.Set();
        Assert.All(await Task.WhenAll(answers), answer => AssertAnswer(prompt, 20, answer));
    }

    [Fact]
    public async Task Adapter_is_loaded_on_every_replica_or_on_none()
    {
        var engine = await StartAsync();
        var loras = engine.Node.Loras!;
        Assert.Null(await loras.LoadAsync(new LoraAdapter("a#1", "a", "/adapters/good", "digest"), CancellationToken.None));
        Assert.Equal(["a#1", "a#1"], OnRanks());
        var refusal = await loras.LoadAsync(new LoraAdapter("b#2", "b", "/adapters/bad", "digest"), CancellationToken.None);
        Assert.Equal("rank 0: /adapters/bad: expected an adapter", refusal!.Reason);
        Assert.Equal(["a#1", "a#1"], OnRanks());
        Assert.True(await loras.UnloadAsync("a#1", CancellationToken.None));
        Assert.Null(await loras.LoadAsync(new LoraAdapter("c#3", "c", "/adapters/good", "digest"), CancellationToken.None));
        Assert.Equal(["c#3", "c#3"], OnRanks());
    }

    private string[] OnRanks() => [.. _workers.Runners.Where(one => !one.IsDisposed).Select(one => string.Join(' ', one.LoraIds))];
}
