using System.Threading.Channels;
using Akka.Actor;
using Akka.TestKit;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.Requests;
using Gaudi.Actors.Settings;
using Xunit;

namespace Gaudi.Tests.Actors.Requests;

/// <summary>The edge: (request, position) numbering, silence, refusals.</summary>
public sealed class RequestActorTests : ActorTests
{
    private static readonly RequestSettings Settings =
        Given.Settings("gaudi.requests { retry-ms = 1000, give-up-ms = 5000, open-max = 2 }").Requests;

    private readonly Channel<GenerationEvent> _events = Channel.CreateUnbounded<GenerationEvent>();
    private readonly TestProbe _replica;

    public RequestActorTests() : base(VirtualTime) => _replica = CreateTestProbe("replica");

    private IActorRef Start()
    {
        var request = Given.Request("r", [1, 2, 3], 5);
        return Sys.ActorOf(Props.Create(() => new RequestActor(request, "fake/0", _replica.Ref, Settings, _events.Writer)));
    }

    private static TokenGenerated Token(int position, long epoch = 1) => new("r", 0, epoch, position, position * 10, float.NaN, []);

    private async Task<List<GenerationEvent>> AllEventsAsync()
    {
        List<GenerationEvent> events = [];
        await foreach (var one in _events.Reader.ReadAllAsync(new CancellationTokenSource(TimeSpan.FromSeconds(20)).Token))
            events.Add(one);
        return events;
    }

    private static IEnumerable<int> Positions(IEnumerable<GenerationEvent> events) =>
        events.OfType<GenerationEvent.Token>().Select(token => token.Position);

    [Fact]
    public async Task Tokens_come_out_in_order_and_one_ending_comes_last()
    {
        var request = Start();
        Assert.Empty((await _replica.ExpectMsgAsync<Generate>()).EmittedTokenIds);
        request.Tell(Token(3));
        request.Tell(Token(4));
        request.Tell(new RequestFinished("r", 0, FinishReason.Stop, 40, 5));
        var events = await AllEventsAsync();
        Assert.Equal([3, 4], Positions(events));
        Assert.Equal(new GenerationEvent.Finished(FinishReason.Stop, 40), events[^1]);
        Assert.Equal(3, events.Count);
    }

    [Fact]
    public async Task Doubles_are_dropped()
    {
        var request = Start();
        foreach (var position in new[] { 3, 3, 4, 3, 4, 5 })
            request.Tell(Token(position));
        request.Tell(new RequestFinished("r", 0, FinishReason.Length, null, 6));
        Assert.Equal([3, 4, 5], Positions(await AllEventsAsync()));
    }

    [Fact]
    public async Task Gap_is_refused_and_asked_for_from_the_last_good_position()
    {
        var request = Start();
        await _replica.ExpectMsgAsync<Generate>();
        request.Tell(Token(3));
        request.Tell(Token(5));
        Assert.Equal([30], (await _replica.ExpectMsgAsync<Generate>()).EmittedTokenIds.AsEnumerable());
        request.Tell(Token(4));
        request.Tell(Token(5));
        request.Tell(new RequestFinished("r", 0, FinishReason.Length, null, 6));
        Assert.Equal([3, 4, 5], Positions(await AllEventsAsync()));
    }

    [Fact]
    public async Task Ending_that_comes_before_its_tokens_is_asked_for_again()
    {
        var request = Start();
        await _replica.ExpectMsgAsync<Generate>();
        request.Tell(Token(3));
        var finished = new RequestFinished("r", 0, FinishReason.Length, null, 5);
        request.Tell(finished);
        Assert.Equal([30], (await _replica.ExpectMsgAsync<Generate>()).EmittedTokenIds.AsEnumerable());
        request.Tell(Token(4));
        request.Tell(finished);
        Assert.Equal([3, 4], Positions(await AllEventsAsync()));
    }

    [Fact]
    public async Task Silence_is_answered_by_asking_again_and_long_silence_by_giving_up()
    {
        var request = Start();
        await _replica.ExpectMsgAsync<Generate>();
        request.Tell(Token(3));
        await SettleAsync(request);
        for (var second = 1; second < 5; second++)
        {
            Advance(TimeSpan.FromSeconds(1));
            Assert.Equal([30], (await _replica.ExpectMsgAsync<Generate>()).EmittedTokenIds.AsEnumerable());
            await SettleAsync(request);
        }
        Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(new GenerationEvent.Refused(RefusalKind.Unavailable, "replica fake/0 has been silent for 5 s", 5),
            (await AllEventsAsync())[^1]);
    }

    [Fact]
    public async Task Token_ends_the_silence()
    {
        var request = Start();
        for (var position = 3; position < 13; position++)
        {
            await SettleAsync(request);
            Advance(TimeSpan.FromMilliseconds(999));
            request.Tell(Token(position));
        }
        await _replica.ExpectMsgAsync<Generate>();
        await SilentAsync(request, _replica);
    }

    [Theory]
    [InlineData(RefusalKind.Invalid)]
    [InlineData(RefusalKind.QueueFull)]
    [InlineData(RefusalKind.Unavailable)]
    public async Task Refusal_before_the_first_token_ends_the_choice(RefusalKind kind)
    {
        Start().Tell(new RequestRefused("r", 0, kind, "why", 1));
        Assert.Equal(new GenerationEvent.Refused(kind, "why", 1), Assert.Single(await AllEventsAsync()));
    }

    [Theory]
    [InlineData(RefusalKind.QueueFull)]
    [InlineData(RefusalKind.Unavailable)]
    public async Task Stream_that_has_begun_outlives_a_replica_that_has_no_room_yet(RefusalKind kind)
    {
        var request = Start();
        await _replica.ExpectMsgAsync<Generate>();
        request.Tell(Token(3));
        request.Tell(new RequestRefused("r", 0, kind, "not yet", 1));
        await SettleAsync(request);
        Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([30], (await _replica.ExpectMsgAsync<Generate>()).EmittedTokenIds.AsEnumerable());
        request.Tell(Token(4, epoch: 2));
        request.Tell(new RequestFinished("r", 0, FinishReason.Length, null, 5));
        Assert.Equal([3, 4], Positions(await AllEventsAsync()));
    }

    [Fact]
    public async Task Stream_gives_up_on_a_replica_that_only_refuses()
    {
        var request = Start();
        request.Tell(Token(3));
        for (var second = 0; second < 5; second++)
        {
            request.Tell(new RequestRefused("r", 0, RefusalKind.Unavailable, "not yet", 1));
            await SettleAsync(request);
            Advance(TimeSpan.FromSeconds(1));
        }
        Assert.IsType<GenerationEvent.Refused>((await AllEventsAsync())[^1]);
    }

    [Fact]
    public async Task Reader_that_goes_away_aborts_the_choice()
    {
        var request = Start();
        await _replica.ExpectMsgAsync<Generate>();
        request.Tell(new CloseRequest("r", 0));
        Assert.Equal(new AbortRequest("fake/0", "r", 0), await _replica.ExpectMsgAsync<AbortRequest>());
        Assert.Equal(new GenerationEvent.Finished(FinishReason.Abort, null), Assert.Single(await AllEventsAsync()));
    }

    [Fact]
    public async Task Gateway_refuses_unknown_models_doubles_and_more_than_its_limit()
    {
        var gateway = Sys.ActorOf(Props.Create(() =>
            new RequestGateway(Settings, _replica.Ref, model => model == "fake" ? "fake/0" : null)));

        Assert.Equal((RefusalKind.UnknownModel, "The model `other` does not exist."), await RefusedAsync("x", "other"));
        gateway.Tell(new OpenRequest(Given.Request("a", [1]), _events.Writer));
        await _replica.ExpectMsgAsync<Generate>();
        Assert.Equal((RefusalKind.Invalid, "request a is running already"), await RefusedAsync("a", "fake"));
        gateway.Tell(new OpenRequest(Given.Request("b", [1]), _events.Writer));
        await _replica.ExpectMsgAsync<Generate>();
        Assert.Equal((RefusalKind.QueueFull, "2 requests are open at this gateway; try again later"), await RefusedAsync("c", "fake"));

        async Task<(RefusalKind, string)> RefusedAsync(string id, string model)
        {
            var answer = Channel.CreateUnbounded<GenerationEvent>();
            gateway.Tell(new OpenRequest(Given.Request(id, [1]) with { Model = model }, answer.Writer));
            var refused = Assert.IsType<GenerationEvent.Refused>(await answer.Reader.ReadAsync());
            return (refused.Kind, refused.Message);
        }
    }
}
