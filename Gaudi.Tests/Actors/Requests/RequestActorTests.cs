using System.Collections.Immutable;
using System.Threading.Channels;
using Akka.Actor;
using Akka.TestKit;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.Requests;
using Gaudi.Actors.Settings;
using Gaudi.Hpu.Execution;
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

    private IActorRef Start(int? promptLogprobCount = null)
    {
        var request = Given.Request("r", [1, 2, 3], 5) with { PromptLogprobCount = promptLogprobCount };
        return Sys.ActorOf(Props.Create(() => new RequestActor(request, "fake/0", _replica.Ref, Settings, _events.Writer, null, false)));
    }

    private static TokenGenerated Token(int position, long epoch = 1) => new("r", 0, epoch, position, position * 10, float.NaN, []);

    private static PromptScored Scored(long epoch, params ReadOnlySpan<int> positions)
    {
        var scores = ImmutableArray.CreateBuilder<PromptScore>();
        foreach (var position in positions)
            scores.Add(new PromptScore(1, position, position + 1, -position, 1, []));
        return new PromptScored("r", 0, epoch, scores.ToImmutable());
    }

    private static IEnumerable<int> ScoredPositions(IEnumerable<GenerationEvent> events) =>
        events.OfType<GenerationEvent.PromptScored>().SelectMany(scored => scored.Scores).Select(score => score.Position);

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
    public async Task Another_replica_is_asked_at_once_for_what_follows_the_emitted_tokens()
    {
        var request = Start();
        await _replica.ExpectMsgAsync<Generate>();
        request.Tell(Token(3));
        request.Tell(new ReplicaServes("other/0", IsOther: true));
        await SilentAsync(request, _replica);
        request.Tell(new ReplicaServes("fake/0", IsOther: true));
        Assert.Equal([30], (await _replica.ExpectMsgAsync<Generate>()).EmittedTokenIds.AsEnumerable());
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
    public async Task Burst_after_a_gap_is_asked_for_once()
    {
        var request = Start();
        await _replica.ExpectMsgAsync<Generate>();
        foreach (var position in new[] { 4, 5, 6 })
            request.Tell(Token(position));
        request.Tell(new RequestFinished("r", 0, FinishReason.Length, null, 7));
        Assert.Empty((await _replica.ExpectMsgAsync<Generate>()).EmittedTokenIds);
        await SilentAsync(request, _replica);
        Advance(Settings.Retry);
        await _replica.ExpectMsgAsync<Generate>();
        request.Tell(Token(3));
        request.Tell(Token(5));
        Assert.Equal([30], (await _replica.ExpectMsgAsync<Generate>()).EmittedTokenIds.AsEnumerable());
    }

    [Fact]
    public async Task Ending_tells_how_much_of_the_prompt_was_cached_and_so_does_every_token()
    {
        var request = Start();
        request.Tell(Token(3) with { CachedTokenCount = 2 });
        request.Tell(new RequestFinished("r", 0, FinishReason.Length, null, 4, 2));
        var events = await AllEventsAsync();
        Assert.Equal(2, Assert.IsType<GenerationEvent.Token>(events[0]).CachedTokenCount);
        Assert.Equal(2, Assert.IsType<GenerationEvent.Finished>(events[1]).CachedTokenCount);
    }

    [Fact]
    public async Task Scores_come_out_by_position_from_1_before_the_first_token_and_doubles_are_dropped()
    {
        var request = Start(promptLogprobCount: 0);
        Assert.Equal(0, (await _replica.ExpectMsgAsync<Generate>()).Request.PromptLogprobCount);
        request.Tell(Scored(1, 1));
        request.Tell(Scored(1, 1));
        request.Tell(Scored(2, 1, 2)); // A new epoch computes the prompt anew.
        request.Tell(Scored(2, 1, 2));
        request.Tell(Token(3, epoch: 2));
        request.Tell(Scored(3, 1, 2)); // And another one after the first token.
        request.Tell(new RequestFinished("r", 0, FinishReason.Length, null, 4));
        var events = await AllEventsAsync();
        Assert.Equal(
            [typeof(GenerationEvent.PromptScored), typeof(GenerationEvent.PromptScored), typeof(GenerationEvent.Token),
                typeof(GenerationEvent.Finished)],
            events.Select(one => one.GetType()));
        Assert.Equal([1, 2], ScoredPositions(events));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(1, 3)]
    public async Task Gap_in_the_scores_is_refused_and_asked_for(params int[] positions)
    {
        var request = Start(promptLogprobCount: 0);
        await _replica.ExpectMsgAsync<Generate>();
        request.Tell(Scored(1, positions));
        Assert.Equal(0, (await _replica.ExpectMsgAsync<Generate>()).Request.PromptLogprobCount);
        request.Tell(Scored(1, 1, 2));
        request.Tell(Token(3));
        request.Tell(new RequestFinished("r", 0, FinishReason.Length, null, 4));
        Assert.Equal([1, 2], ScoredPositions(await AllEventsAsync()));
    }

    [Fact]
    public async Task Token_before_the_scores_is_refused_and_both_are_asked_for_once()
    {
        var request = Start(promptLogprobCount: 0);
        await _replica.ExpectMsgAsync<Generate>();
        request.Tell(Scored(1, 1));
        request.Tell(Token(3));
        request.Tell(Token(4));
        Assert.Empty((await _replica.ExpectMsgAsync<Generate>()).EmittedTokenIds);
        await SilentAsync(request, _replica);
        request.Tell(Scored(1, 1, 2));
        request.Tell(Token(3));
        request.Tell(new RequestFinished("r", 0, FinishReason.Length, null, 4));
        var events = await AllEventsAsync();
        Assert.Equal([1, 2], ScoredPositions(events));
        Assert.Equal([3], Positions(events));
    }

    [Fact]
    public async Task Prompt_that_is_scored_is_not_scored_again()
    {
        var request = Start(promptLogprobCount: 5);
        Assert.Equal(5, (await _replica.ExpectMsgAsync<Generate>()).Request.PromptLogprobCount);
        request.Tell(Scored(1, 1, 2));
        await SettleAsync(request);
        Advance(Settings.Retry);
        Assert.Null((await _replica.ExpectMsgAsync<Generate>()).Request.PromptLogprobCount);
    }

    [Fact]
    public async Task Scores_nobody_asked_for_are_dropped()
    {
        var request = Start();
        request.Tell(Scored(1, 1, 2));
        request.Tell(Token(3));
        request.Tell(new RequestFinished("r", 0, FinishReason.Length, null, 4));
        Assert.Equal(2, (await AllEventsAsync()).Count);
    }

    [Fact]
    public async Task Client_reads_on_after_scores_until_the_ending()
    {
        var gateway = CreateTestProbe("gateway");
        var client = new GenerationClient(gateway.Ref, Settings);
        var reading = ReadAsync();
        var events = (await gateway.ExpectMsgAsync<OpenRequest>()).Events;
        events.TryWrite(new GenerationEvent.PromptScored([]));
        events.TryComplete();
        // A reader whose ending found no room is told of an abort; one that has its ending is told nothing more.
        Assert.Equal(
            [typeof(GenerationEvent.PromptScored), typeof(GenerationEvent.Finished)], (await reading).Select(one => one.GetType()));

        async Task<List<GenerationEvent>> ReadAsync()
        {
            List<GenerationEvent> read = [];
            await foreach (var one in client.GenerateAsync(Given.Request("r", [1]), CancellationToken.None))
                read.Add(one);
            return read;
        }
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
        request.Tell(new CloseRequest("r", 0, _events.Writer));
        Assert.Equal(new AbortRequest("fake/0", "r", 0), await _replica.ExpectMsgAsync<AbortRequest>());
        Assert.Equal(new GenerationEvent.Finished(FinishReason.Abort, null), Assert.Single(await AllEventsAsync()));
    }

    [Fact]
    public async Task Reader_of_a_refused_double_does_not_close_the_original()
    {
        var request = Start();
        await _replica.ExpectMsgAsync<Generate>();
        request.Tell(new CloseRequest("r", 0, Channel.CreateUnbounded<GenerationEvent>().Writer));
        await SilentAsync(request, _replica);
    }

    [Fact]
    public async Task Choice_that_is_held_is_waited_for_beyond_the_patience_with_silence()
    {
        var request = Start();
        await _replica.ExpectMsgAsync<Generate>();
        for (var waited = TimeSpan.Zero; waited < Settings.GiveUp * 2; waited += Settings.Retry)
        {
            Advance(Settings.Retry);
            await _replica.ExpectMsgAsync<Generate>();
            request.Tell(new RequestHeld("r", 0));
            await SettleAsync(request);
        }
        Assert.False(_events.Reader.TryRead(out _));
    }

    [Fact]
    public async Task Choice_that_a_degraded_replica_holds_is_given_up_with_503_and_the_reason()
    {
        var request = Start();
        await _replica.ExpectMsgAsync<Generate>();
        for (var waited = Settings.Retry; waited < Settings.GiveUp; waited += Settings.Retry)
        {
            Advance(Settings.Retry);
            await _replica.ExpectMsgAsync<Generate>();
            request.Tell(new RequestHeld("r", 0) { Obstacle = "a card is missing" });
            await SettleAsync(request);
        }
        Advance(Settings.Retry);
        var refused = Assert.IsType<GenerationEvent.Refused>(Assert.Single(await AllEventsAsync()));
        Assert.Equal(RefusalKind.Unavailable, refused.Kind);
        Assert.NotNull(refused.RetryAfterSeconds);
        Assert.EndsWith("s: a card is missing", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Failed_steps_are_no_silence_and_go_along_until_a_token_comes()
    {
        var request = Start();
        Assert.Equal(0, (await _replica.ExpectMsgAsync<Generate>()).FailedStepCount);
        request.Tell(new RequestFaulted("r", 0, 1, "a rank was lost"));
        await SettleAsync(request);
        Advance(Settings.Retry);
        Assert.Equal(1, (await _replica.ExpectMsgAsync<Generate>()).FailedStepCount);
    }

    [Fact]
    public async Task Gateway_refuses_unknown_models_doubles_and_more_than_its_limit()
    {
        var gateway = Sys.ActorOf(Props.Create(() =>
            new RequestGateway(Settings, _replica.Ref, model => model == "fake", Given.Routing("fake/0"))));

        Assert.Equal((RefusalKind.UnknownModel, "The model `other` does not exist."), await RefusedAsync("x", "other"));
        gateway.Tell(new OpenRequest(Given.Request("a", [1]), _events.Writer));
        await _replica.ExpectMsgAsync<Generate>();
        Assert.Equal((RefusalKind.Invalid, "request a is running already"), await RefusedAsync("a", "fake"));
        gateway.Tell(new OpenRequest(Given.Request("b", [1]), _events.Writer));
        await _replica.ExpectMsgAsync<Generate>();
        Assert.Equal(
            (RefusalKind.QueueFull, "2 of 2 places are taken at this gateway and the request needs 1; try again later"),
            await RefusedAsync("c", "fake"));

        async Task<(RefusalKind, string)> RefusedAsync(string id, string model)
        {
            var answer = Channel.CreateUnbounded<GenerationEvent>();
            gateway.Tell(new OpenRequest(Given.Request(id, [1]) with { Model = model }, answer.Writer));
            var refused = Assert.IsType<GenerationEvent.Refused>(await answer.Reader.ReadAsync());
            return (refused.Kind, refused.Message);
        }
    }
}
