using System.Threading.Channels;
using Akka.Actor;
using Akka.TestKit;
using Gaudi.Actors.Constraints;
using Gaudi.Actors.Devices;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.Requests;
using Gaudi.Tests.Actors.Devices;
using Gaudi.Tests.Actors.Hosting;
using Xunit;

namespace Gaudi.Tests.Actors.Requests;

/// <summary>Constraints are compiled once, away from the steps; others go on meanwhile, and what cannot be kept is refused.</summary>
public sealed class ReplicaFormTests : ActorTests
{
    private const string Fast = "gaudi.group { tensor-parallel-size = 1, reform-delay-ms = 1 }\n";

    private readonly Channel<NodeEvent> _events = Channel.CreateUnbounded<NodeEvent>();
    private readonly TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task<EngineInOneProcess> StartAsync(bool isGated, string overrides = "")
    {
        var settings = Given.Settings(Fast + overrides);
        var engine = new EngineInOneProcess(
            Sys, settings, new InProcessWorkers(Sys, settings), one => _events.Writer.TryWrite(one),
            forms: new FakeForms(isGated ? _gate : null));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await foreach (var one in _events.Reader.ReadAllAsync(limit.Token))
            if (one is NodeEvent.GroupChanged { Status.State: "serving" })
                break;
        return engine;
    }

    private static GenerationRequest Request(string id, string? expression) => Given.Request(id, [1, 2, 3], 12) with
    {
        Constraint = expression is null ? null : FakeForms.Regex(expression),
    };

    private static async Task<string> AnswerAsync(TestProbe probe)
    {
        List<int> tokens = [];
        while (true)
        {
            switch (await probe.FishForMessageAsync<object>(one => one is TokenGenerated or RequestFinished or RequestRefused))
            {
                case TokenGenerated token: tokens.Add(token.TokenId); break;
                case RequestFinished: return FakeForms.TextOf(tokens);
                case RequestRefused refused: return $"{refused.Kind}: {refused.Message}";
            }
        }
    }

    private TestProbe Ask(EngineInOneProcess engine, GenerationRequest request)
    {
        var probe = CreateTestProbe();
        engine.Replica.Tell(new Generate("fake/0", request, [], probe.Ref));
        return probe;
    }

    [Fact]
    public async Task Others_are_served_while_a_constraint_is_compiled_and_it_is_compiled_once()
    {
        var engine = await StartAsync(isGated: true);
        var (first, second) = (Ask(engine, Request("a", "[a-f]{4}")), Ask(engine, Request("b", "[a-f]{4}")));
        Assert.Equal(12, (await RunAsync(engine, Request("free", null))).Count);
        await SilentAsync(engine.Replica, first, second);
        _gate.SetResult();
        Assert.Matches("^[a-f]{4}$", await AnswerAsync(first));
        Assert.Matches("^[a-f]{4}$", await AnswerAsync(second));
        Assert.Matches("^[a-f]{4}$", await AnswerAsync(Ask(engine, Request("c", "[a-f]{4}"))));
        Assert.Single(engine.Constraints.Compiled);
    }

    [Fact]
    public async Task Constraint_that_cannot_be_kept_is_the_clients_fault()
    {
        var engine = await StartAsync(isGated: false);
        Assert.StartsWith("Invalid: ", await AnswerAsync(Ask(engine, Request("a", "(?=x)"))));
        Assert.Equal(12, (await RunAsync(engine, Request("free", null))).Count);
    }

    [Fact]
    public async Task Choice_that_is_aborted_while_it_waits_for_its_form_is_gone()
    {
        var engine = await StartAsync(isGated: true);
        var (gone, other) = (Ask(engine, Request("a", "[a-f]{4}")), Ask(engine, Request("b", "[a-f]{4}")));
        engine.Replica.Tell(new AbortRequest("fake/0", "a", 0));
        await SettleAsync(engine.Replica);
        _gate.SetResult();
        Assert.Matches("^[a-f]{4}$", await AnswerAsync(other));
        await SilentAsync(engine.Replica, gone);
    }

    [Fact]
    public async Task Choice_that_asks_again_while_it_waits_is_answered_once_to_its_last_place()
    {
        var engine = await StartAsync(isGated: true);
        var (old, latest) = (Ask(engine, Request("a", "[a-f]{4}")), Ask(engine, Request("a", "[a-f]{4}")));
        await SettleAsync(engine.Replica);
        _gate.SetResult();
        Assert.Matches("^[a-f]{4}$", await AnswerAsync(latest));
        await SilentAsync(engine.Replica, old, latest);
    }

    [Fact]
    public async Task Waiting_for_forms_is_bounded()
    {
        var engine = await StartAsync(isGated: true, "gaudi.scheduler.waiting-max = 2");
        _ = Ask(engine, Request("a", "a+"));
        _ = Ask(engine, Request("b", "b+"));
        Assert.StartsWith("QueueFull: ", await AnswerAsync(Ask(engine, Request("c", "c+"))));
        var again = Ask(engine, Request("b", "b{2}")); // Asked again: another place in the same queue is none.
        await SilentAsync(engine.Replica, again);
        _gate.SetResult();
    }

    [Fact]
    public async Task Choices_of_a_request_wait_for_their_form_together_or_not_at_all()
    {
        var engine = await StartAsync(isGated: true, "gaudi.scheduler.waiting-max = 2");
        var lone = Ask(engine, Request("a", "a{2}"));
        var group = new ChoiceGroup("b", 2);
        foreach (var choice in Enumerable.Range(0, 2))
            Assert.StartsWith(
                "QueueFull: ", await AnswerAsync(Ask(engine, Request("b", "b{2}") with { Choice = choice, Group = group })));
        _gate.SetResult();
        Assert.Equal("aa", await AnswerAsync(lone));
    }

    [Fact]
    public async Task Least_used_forms_are_forgotten_and_compiled_again()
    {
        var engine = await StartAsync(isGated: false, "gaudi.scheduler.constraints-kept = 2");
        foreach (var expression in new[] { "a{3}", "b{3}", "a{3}", "c{3}", "a{3}", "b{3}" })
            Assert.Matches($"^{expression}$", await AnswerAsync(Ask(engine, Request(expression + engine.Constraints.Compiled.Count, expression))));
        Assert.Equal(["a{3}", "b{3}", "c{3}", "b{3}"], engine.Constraints.Compiled.Select(one => one.Text));
    }

    private static async Task<List<int>> RunAsync(EngineInOneProcess engine, GenerationRequest request) =>
        [.. (await engine.RunAsync(request)).OfType<GenerationEvent.Token>().Select(token => token.TokenId)];
}
