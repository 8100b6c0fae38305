using System.Threading.Channels;
using Akka.Actor;
using Akka.TestKit;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.Requests;
using Gaudi.Actors.Settings;
using Xunit;

namespace Gaudi.Tests.Actors.Requests;

/// <summary>The gateway lets a request's choices in together, and has every place back when they have gone, however they went.</summary>
public sealed class GatewayGroupTests : ActorTests
{
    private static readonly RequestSettings Settings =
        Given.Settings("gaudi.requests { retry-ms = 1000, give-up-ms = 5000, open-max = 4 }").Requests;

    private readonly TestProbe _replica;
    private readonly IActorRef _gateway;

    public GatewayGroupTests() : base(VirtualTime)
    {
        _replica = CreateTestProbe("replica");
        _gateway = Sys.ActorOf(Props.Create(() => new RequestGateway(Settings, _replica.Ref, model => IsServed(model), Given.Routing("fake/0"))));
    }

    private static bool IsServed(string model) =>
        model == "fake" ? true : throw new InvalidOperationException("our mistake");

    private Channel<GenerationEvent> Open(string id, int choice, int size, string model = "fake")
    {
        var answer = Channel.CreateUnbounded<GenerationEvent>();
        var request = Given.Request(id, [1], choice: choice) with { Model = model, Group = size == 1 ? null : new ChoiceGroup(id, size) };
        _gateway.Tell(new OpenRequest(request, answer.Writer));
        return answer;
    }

    private async Task<GenerationEvent.Refused> RefusedAsync(Channel<GenerationEvent> answer)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var refused = Assert.IsType<GenerationEvent.Refused>(await answer.Reader.ReadAsync(limit.Token));
        Assert.False(await answer.Reader.WaitToReadAsync(limit.Token));
        return refused;
    }

    private async Task<IActorRef> StartedAsync(string id, int choice)
    {
        var generate = await _replica.ExpectMsgAsync<Generate>();
        Assert.Equal((id, choice), (generate.Request.RequestId, generate.Request.Choice));
        return generate.ReplyTo;
    }

    // Returns when the choice's actor has ended and the gateway knows.
    private async Task EndAsync(IActorRef choice, string id, int index)
    {
        await WatchAsync(choice);
        choice.Tell(new RequestFinished(id, index, FinishReason.Length, null, 1));
        await ExpectTerminatedAsync(choice);
        await SettleAsync(_gateway);
    }

    private async Task AssertPlacesAsync(int freeCount, string name)
    {
        await SettleAsync(_gateway);
        var refused = Open(name + "-more", 0, freeCount + 1);
        if (freeCount < Settings.OpenMax)
            Assert.Equal(RefusalKind.QueueFull, (await RefusedAsync(refused)).Kind);
        else
            Assert.Equal(RefusalKind.Invalid, (await RefusedAsync(refused)).Kind);
        await SilentAsync(_gateway, _replica);
    }

    [Fact]
    public async Task Request_with_too_few_places_starts_nothing_and_all_its_choices_hear_the_same()
    {
        Open("a", 0, 1);
        var a = await StartedAsync("a", 0);
        Open("b", 0, 1);
        await StartedAsync("b", 0);
        var first = Open("c", 0, 3);
        Assert.Equal(
            new GenerationEvent.Refused(
                RefusalKind.QueueFull, "2 of 4 places are taken at this gateway and the request needs 3; try again later", 1),
            await RefusedAsync(first));
        await EndAsync(a, "a", 0); // Now there are three: too late for this request.
        Assert.Equal(RefusalKind.QueueFull, (await RefusedAsync(Open("c", 1, 3))).Kind);
        Assert.Equal(RefusalKind.QueueFull, (await RefusedAsync(Open("c", 2, 3))).Kind);
        await SilentAsync(_gateway, _replica);
        foreach (var choice in Enumerable.Range(0, 3))
        {
            Open("d", choice, 3);
            await StartedAsync("d", choice);
        }
    }

    [Fact]
    public async Task Places_of_choices_on_their_way_are_not_given_to_others()
    {
        Open("a", 0, 4);
        await StartedAsync("a", 0);
        Assert.Equal(RefusalKind.QueueFull, (await RefusedAsync(Open("b", 0, 1))).Kind);
        foreach (var choice in Enumerable.Range(1, 3))
        {
            Open("a", choice, 4);
            await StartedAsync("a", choice);
        }
    }

    [Fact]
    public async Task Request_larger_than_the_gateway_is_wrong_and_is_not_asked_to_try_again()
    {
        foreach (var choice in Enumerable.Range(0, 5))
            Assert.Equal(
                new GenerationEvent.Refused(
                    RefusalKind.Invalid,
                    "expected at most 4 choices in one request (gaudi.requests.open-max), got 5; ask for fewer at once", null),
                await RefusedAsync(Open("a", choice, 5)));
        await SilentAsync(_gateway, _replica);
    }

    [Fact]
    public async Task Choice_that_leaves_before_another_has_come_gives_its_place_back_once()
    {
        var answer = Open("a", 0, 3);
        var choice = await StartedAsync("a", 0);
        await WatchAsync(choice);
        _gateway.Tell(new CloseRequest("a", 0, answer.Writer));
        await ExpectTerminatedAsync(choice);
        Assert.Equal(new AbortRequest("fake/0", "a", 0), await _replica.ExpectMsgAsync<AbortRequest>());
        _gateway.Tell(new CloseRequest("a", 0, answer.Writer)); // Finds nobody.
        await AssertPlacesAsync(2, "b");
        // The others come as they would, and go.
        foreach (var other in Enumerable.Range(1, 2))
        {
            Open("a", other, 3);
            await EndAsync(await StartedAsync("a", other), "a", other);
        }
        await AssertPlacesAsync(4, "c");
    }

    [Fact]
    public async Task Client_that_left_before_its_choices_were_read_gives_every_place_back()
    {
        using var left = new CancellationTokenSource();
        await left.CancelAsync();
        var client = new GenerationClient(_gateway, Settings);
        foreach (var choice in Enumerable.Range(0, 3))
        {
            var request = Given.Request("a", [1], choice: choice) with { Group = new ChoiceGroup("a", 3) };
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            {
                await foreach (var _ in client.GenerateAsync(request, left.Token))
                {
                }
            });
            await WatchAsync(await StartedAsync("a", choice));
            await _replica.ExpectMsgAsync<AbortRequest>();
            await ExpectMsgAsync<Terminated>();
        }
        await AssertPlacesAsync(4, "b");
    }

    [Fact]
    public async Task Places_of_choices_that_never_come_are_free_after_the_patience_with_silence()
    {
        Open("a", 0, 3);
        var choice = await StartedAsync("a", 0);
        await EndAsync(choice, "a", 0);
        await AssertPlacesAsync(2, "b");
        Advance(Settings.GiveUp);
        await AssertPlacesAsync(4, "c");
    }

    [Fact]
    public async Task Double_of_a_running_request_gives_back_what_it_took()
    {
        Open("a", 0, 2);
        var first = await StartedAsync("a", 0);
        Open("a", 1, 2);
        var second = await StartedAsync("a", 1);
        Assert.Equal(RefusalKind.Invalid, (await RefusedAsync(Open("a", 0, 2))).Kind);
        Assert.Equal(RefusalKind.Invalid, (await RefusedAsync(Open("a", 1, 2))).Kind);
        await AssertPlacesAsync(2, "b");
        await EndAsync(first, "a", 0);
        await EndAsync(second, "a", 1);
        await AssertPlacesAsync(4, "c");
    }

    [Fact]
    public async Task Gateway_that_fails_answers_everybody_and_begins_with_every_place()
    {
        var (first, second) = (Open("a", 0, 3), Open("a", 1, 3));
        await _replica.ExpectMsgAsync<Generate>();
        await _replica.ExpectMsgAsync<Generate>();
        var broken = Open("b", 0, 1, model: "broken");
        Assert.Equal(RefusalKind.Failed, (await RefusedAsync(broken)).Kind);
        foreach (var answer in new[] { first, second })
            Assert.Equal(RefusalKind.Failed, (await RefusedAsync(answer)).Kind);
        await _replica.ExpectMsgAsync<AbortRequest>();
        await _replica.ExpectMsgAsync<AbortRequest>();
        await AssertPlacesAsync(4, "c");
    }
}
