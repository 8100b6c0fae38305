using System.Threading.Channels;
using Akka.Actor;
using Gaudi.Actors.Constraints;
using Gaudi.Actors.Devices;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.Requests;
using Gaudi.Tests.Actors.Devices;
using Gaudi.Tests.Hpu.Plugins;
using Xunit;

namespace Gaudi.Tests.Actors.Hosting;

/// <summary>Workers that are killed, as SIGKILL does it, while requests run: what clients see, and where ranks go.</summary>
public sealed class EngineRecoveryTests : ActorTests
{
    private const string Fast = """
        gaudi.group { tensor-parallel-size = 2, reform-delay-ms = 20 }
        gaudi.workers { restart-first-ms = 1, restart-longest-ms = 1, restarts-max = 1000 }
        gaudi.requests.retry-ms = 500

        """;

    private readonly Channel<NodeEvent> _events = Channel.CreateUnbounded<NodeEvent>();

    private (EngineInOneProcess Engine, InProcessWorkers Workers) Start(
        string overrides = "", int? cardCount = null, Func<WorkerLaunch, FakePlugins>? plugins = null)
    {
        var settings = Given.Settings(Fast + overrides);
        var workers = plugins is null
            ? new InProcessWorkers(Sys, settings)
            : new InProcessWorkers(Sys, settings) { PluginsOf = plugins };
        return (new EngineInOneProcess(Sys, settings, workers, one => _events.Writer.TryWrite(one), cardCount), workers);
    }

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

    private static IEnumerable<(int, int)> Tokens(List<GenerationEvent> events) =>
        events.OfType<GenerationEvent.Token>().Select(token => (token.Position, token.TokenId));

    // From now on: ends the worker of this rank in its step so many steps on.
    private static Task<int> KillAt(InProcessWorkers workers, int rank, int step)
    {
        var killed = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var left = step;
        workers.OnWorkerStep = (pid, at, _) =>
        {
            if (at != rank || killed.Task.IsCompleted || --left > 0)
                return;
            killed.SetResult(pid);
            workers.Kill(pid);
            throw new InvalidOperationException("killed"); // It takes no part in the step.
        };
        return killed.Task;
    }

    // Greedy, seeded and constrained, at once.
    private static GenerationRequest[] Three(string name) =>
    [
        Given.Request($"{name} greedy", [1, 2, 3], 12),
        Given.Request($"{name} seeded", [4, 5], 12) with { Sampling = Given.Greedy with { Temperature = 1, Seed = 4711 } },
        Given.Request($"{name} form", [6], 12) with
        {
            Constraint = new OutputConstraint(ConstraintKind.JsonSchema, """{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}"""),
        },
    ];

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public async Task Tokens_are_those_of_the_undisturbed_run_whichever_rank_dies_in_whichever_step(int cardCount)
    {
        var (engine, workers) = Start("gaudi.group.tensor-parallel-size = 4", cardCount); // T45; with 5 cards T48.
        await ServingAsync();
        var truth = await Task.WhenAll(Three("truth").Select(engine.RunAsync));
        Assert.All(truth, events => Assert.True(Tokens(events).Count() > 8));
        for (var rank = 0; rank < 4; rank++)
        {
            for (var step = 1; step <= 8; step++)
            {
                var killed = KillAt(workers, rank, step);
                var answers = await Task.WhenAll(Three($"{rank} {step}").Select(engine.RunAsync));
                Assert.True(killed.IsCompletedSuccessfully, $"rank {rank} never reached step {step}");
                for (var i = 0; i < truth.Length; i++)
                {
                    Assert.Equal(Tokens(truth[i]), Tokens(answers[i]));
                    Assert.Equal(truth[i][^1], answers[i][^1]);
                }
            }
        }
        Assert.Equal((0, 0), await StatusAsync(engine) is var after ? (after.BlocksUsed, after.RunningCount) : default);
    }

    private async Task<ReplicaStatus> StatusAsync(EngineInOneProcess engine)
    {
        var probe = CreateTestProbe();
        engine.Replica.Tell(new GetReplicaStatus("fake/0", probe.Ref));
        return await probe.ExpectMsgAsync<ReplicaStatus>();
    }

    [Fact]
    public async Task Two_kills_in_a_row_cost_nothing_and_the_third_is_over_the_budget_and_answered_503()
    {
        var (engine, workers) = Start("gaudi.workers.restarts-max = 2");
        await ServingAsync();
        var truth = Tokens(await engine.RunAsync(Given.Request("truth", [1, 2, 3], 12)));
        foreach (var name in new[] { "one", "two" }) // T46
        {
            _ = KillAt(workers, 1, 3);
            Assert.Equal(truth, Tokens(await engine.RunAsync(Given.Request(name, [1, 2, 3], 12))));
        }
        _ = KillAt(workers, 1, 3);
        var events = await engine.RunAsync(Given.Request("three", [1, 2, 3], 12));
        var refused = Assert.IsType<GenerationEvent.Refused>(events[^1]);
        Assert.Equal((RefusalKind.Unavailable, null), (refused.Kind, refused.RetryAfterSeconds));
        Assert.Contains("2 cards are needed and 1 of 2 are ready (node card 1 is quarantined: ", refused.Message, StringComparison.Ordinal);
        Assert.Contains("after 2 restarts within 600 s", refused.Message, StringComparison.Ordinal);
        Assert.Equal(truth.Take(events.Count - 1), Tokens(events));
        var later = Assert.IsType<GenerationEvent.Refused>(Assert.Single(await engine.RunAsync(Given.Request("later", [1]))));
        Assert.Equal(RefusalKind.Unavailable, later.Kind);
        Assert.True((await WaitForAsync(status => status.IsFinal)).Reason.Length > 0);
    }

    [Fact]
    public async Task Lost_rank_0_moves_to_the_spare_and_rank_1_loads_nothing()
    {
        var (engine, workers) = Start(cardCount: 3);
        var first = (await ServingAsync()).Ranks; // Of the three cards those two whose workers came first.
        _ = KillAt(workers, 0, 3);
        await engine.RunAsync(Given.Request("r", [1, 2, 3], 12));
        var spare = Assert.Single(Enumerable.Range(0, 3).Select(card => $"node card {card}"), card => !first.Contains(card));
        Assert.Equal([spare, first[1]], (await StatusAsync(engine)).Ranks.AsEnumerable());
        Assert.Equal(3, workers.Loaded.Count); // Two, and the spare's.
        var cards = await engine.Node.Reports.CardsAsync(CancellationToken.None);
        Assert.Equal(
            new int?[] { 0, 1, null },
            new[] { spare, first[1], first[0] }.Select(name => cards.Single(card => $"{card.Node} card {card.Card}" == name).Rank));
    }

    [Fact]
    public async Task Client_that_leaves_while_the_group_is_down_leaves_no_block_behind()
    {
        var mayStart = new TaskCompletionSource();
        var (engine, workers) = Start(plugins: launch =>
        {
            if (launch.Incarnation > 1)
                mayStart.Task.Wait(TimeSpan.FromSeconds(20));
            return new FakePlugins().General("ops", _ => { });
        });
        await ServingAsync();
        var killed = KillAt(workers, 1, 3);
        var probe = CreateTestProbe();
        engine.Replica.Tell(new Generate("fake/0", Given.Request("gone", [1, 2, 3], 40), [], probe.Ref));
        engine.Replica.Tell(new Generate("fake/0", Given.Request("stays", [1, 2, 3], 12), [], probe.Ref));
        await killed;
        await WaitForAsync(status => status.State == "degraded");
        engine.Replica.Tell(new AbortRequest("fake/0", "gone", 0)); // T51
        mayStart.SetResult();
        await probe.FishForMessageAsync<RequestFinished>(finished => finished.RequestId == "stays");
        Assert.Equal((0, 0, 0),
            await StatusAsync(engine) is var after ? (after.BlocksUsed, after.RunningCount, after.WaitingCount) : default);
    }

    [Fact]
    public async Task Replaced_worker_that_registers_something_else_is_named_and_started_anew_until_it_fits()
    {
        var (engine, workers) = Start(plugins: launch =>
            new FakePlugins().General(launch is { CardIndex: 1, Incarnation: 2 } ? "other" : "ops", _ => { }));
        await ServingAsync();
        var truth = Tokens(await engine.RunAsync(Given.Request("truth", [1, 2, 3], 12)));
        _ = KillAt(workers, 1, 3);
        Assert.Equal(truth, Tokens(await engine.RunAsync(Given.Request("r", [1, 2, 3], 12))));
        var waited = await WaitForAsync(status => status.Reason.Contains("op registry", StringComparison.Ordinal)); // T54, G8
        Assert.Contains(
            "they must be equal: -plugin vllm.general_plugins ops Fake:Register_ops 1.0.0, "
            + "+plugin vllm.general_plugins other Fake:Register_other 1.0.0",
            waited.Reason, StringComparison.Ordinal);
        Assert.Equal(4, workers.Devices.Count); // Two, the one that did not fit, and the one that did.
    }

    [Fact]
    public async Task Replaced_worker_that_registers_something_else_is_passed_over_for_a_spare_that_fits()
    {
        var (engine, workers) = Start(cardCount: 4, plugins: launch =>
            new FakePlugins().General(launch.Incarnation > 1 ? "other" : "ops", _ => { }));
        var first = (await ServingAsync()).Ranks;
        foreach (var spare in Enumerable.Range(0, 4).Select(card => $"node card {card}").Where(card => !first.Contains(card)))
        {
            _ = KillAt(workers, 0, 3);
            await engine.RunAsync(Given.Request(spare, [1, 2, 3], 12));
            Assert.Equal([spare, first[1]], (await StatusAsync(engine)).Ranks.AsEnumerable());
        }
    }
}
