using System.Threading.Channels;
using Akka.Actor;
using Akka.TestKit;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.Requests;
using Gaudi.Actors.Settings;
using Xunit;

namespace Gaudi.Tests.Actors.Requests;

/// <summary>A gateway in front of two replicas: what it sends where, and what becomes of a stream whose replica is lost.</summary>
public sealed class ReplicaMoveTests : ActorTests
{
    private static readonly GaudiSettings Settings = Given.Settings("""
        gaudi.requests { retry-ms = 2000, give-up-ms = 9000 }
        gaudi.replicas { watch-ms = 1000, silent-ms = 2000 }
        """);

    private readonly TestProbe _replicas; // Everything for both, as the shard region gets it.
    private readonly IActorRef _gateway;

    public ReplicaMoveTests() : base(VirtualTime)
    {
        _replicas = CreateTestProbe("replicas");
        var routing = new ReplicaRouting(["fake/0", "fake/1"], Settings.Replicas, 4);
        _gateway = Sys.ActorOf(Props.Create(() => new RequestGateway(Settings.Requests, _replicas.Ref, _ => true, routing)));
    }

    private async Task ServeAsync()
    {
        await WatchedAsync();
        Tell(0, "serving");
        Tell(1, "serving");
        await SettleAsync(_gateway);
    }

    private async Task WatchedAsync()
    {
        foreach (var index in new[] { 0, 1 })
            Assert.Equal(new WatchReplica($"fake/{index}", _gateway), await _replicas.ExpectMsgAsync<WatchReplica>());
    }

    private void Tell(int replica, string state) => _gateway.Tell(new ReplicaChanged($"fake/{replica}", state, false, 1));

    private Channel<GenerationEvent> Open(string id, int choice = 0, int size = 1)
    {
        var answer = Channel.CreateUnbounded<GenerationEvent>();
        _gateway.Tell(new OpenRequest(
            Given.Request(id, [1, 2, 3], 5, choice) with { Group = size == 1 ? null : new ChoiceGroup(id, size) }, answer.Writer));
        return answer;
    }

    private async Task<IActorRef> GeneratedAsync(string replicaId, params int[] emitted)
    {
        var generate = await _replicas.ExpectMsgAsync<Generate>();
        Assert.Equal(replicaId, generate.ReplicaId);
        Assert.Equal(emitted, generate.EmittedTokenIds);
        return generate.ReplyTo;
    }

    private static TokenGenerated Token(string id, int position, long epoch = 1) =>
        new(id, 0, epoch, position, position * 10, float.NaN, []);

    private static RequestRefused Refusal(string id, RefusalKind kind, string replicaId, bool isOfReplica = false, int choice = 0) =>
        new(id, choice, kind, $"{replicaId} refuses", 1) { ReplicaId = replicaId, IsOfReplica = isOfReplica };

    private static async Task<List<GenerationEvent>> AllAsync(Channel<GenerationEvent> answer)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        List<GenerationEvent> events = [];
        await foreach (var one in answer.Reader.ReadAllAsync(limit.Token))
            events.Add(one);
        return events;
    }

    private static IEnumerable<int> TokensOf(IEnumerable<GenerationEvent> events) =>
        events.OfType<GenerationEvent.Token>().Select(token => token.TokenId);

    [Fact]
    public async Task Stream_of_a_replica_that_is_lost_goes_on_at_the_other_with_each_token_once()
    {
        await ServeAsync();
        var answer = Open("a");
        var request = await GeneratedAsync("fake/0");
        request.Tell(Token("a", 3));
        request.Tell(Token("a", 4));
        await SettleAsync(request);
        Tell(0, "degraded");
        Assert.Equal(new AbortRequest("fake/0", "a", 0), await _replicas.ExpectMsgAsync<AbortRequest>());
        await GeneratedAsync("fake/1", 30, 40);
        request.Tell(Token("a", 5)); // On its way from the old one when it was left.
        request.Tell(Refusal("a", RefusalKind.Failed, "fake/0")); // And what that one thinks of it now.
        foreach (var position in new[] { 5, 6, 7 })
            request.Tell(Token("a", position, epoch: 9));
        request.Tell(Token("a", 6)); // The old one again.
        request.Tell(new RequestFinished("a", 0, FinishReason.Length, null, 8));
        var events = await AllAsync(answer);
        Assert.Equal([30, 40, 50, 60, 70], TokensOf(events));
        Assert.Equal(new GenerationEvent.Finished(FinishReason.Length, null), events[^1]);
        Assert.Equal(6, events.Count);
    }

    [Fact]
    public async Task Others_are_not_disturbed_when_a_replica_is_lost()
    {
        await ServeAsync();
        Open("a");
        await GeneratedAsync("fake/0");
        Open("b");
        var b = await GeneratedAsync("fake/1");
        Tell(0, "degraded");
        await _replicas.ExpectMsgAsync<AbortRequest>();
        await GeneratedAsync("fake/1");
        Tell(0, "serving");
        await SilentAsync(_gateway, _replicas);
        await SilentAsync(b, _replicas);
    }

    [Fact]
    public async Task Replica_that_answers_no_more_is_left()
    {
        await ServeAsync();
        Open("a");
        var request = await GeneratedAsync("fake/0");
        request.Tell(Token("a", 3));
        await SettleAsync(request);
        for (var second = 1; second <= 2; second++)
        {
            Advance(TimeSpan.FromSeconds(1));
            Tell(1, "serving");
            await SettleAsync(_gateway);
        }
        Advance(TimeSpan.FromSeconds(1));
        await SettleAsync(_gateway);
        await SettleAsync(request);
        var sent = await AllSentAsync();
        Assert.Contains(new AbortRequest("fake/0", "a", 0), sent);
        var last = sent.OfType<Generate>().Last();
        Assert.Equal(("fake/1", 30), (last.ReplicaId, Assert.Single(last.EmittedTokenIds)));
    }

    [Fact]
    public async Task Request_that_one_replica_has_no_room_for_is_offered_to_the_other_before_its_client_hears()
    {
        await ServeAsync();
        var answer = Open("a");
        var request = await GeneratedAsync("fake/0");
        request.Tell(Refusal("a", RefusalKind.QueueFull, "fake/0"));
        await _replicas.ExpectMsgAsync<AbortRequest>();
        await GeneratedAsync("fake/1");
        request.Tell(Refusal("a", RefusalKind.QueueFull, "fake/1"));
        Assert.Equal(new GenerationEvent.Refused(RefusalKind.QueueFull, "fake/1 refuses", 1), Assert.Single(await AllAsync(answer)));
    }

    [Fact]
    public async Task Full_replica_does_not_hold_up_those_of_the_other()
    {
        await ServeAsync();
        var full = Open("a");
        var a = await GeneratedAsync("fake/0");
        var answer = Open("b");
        var b = await GeneratedAsync("fake/1");
        a.Tell(Refusal("a", RefusalKind.QueueFull, "fake/0"));
        b.Tell(Token("b", 3));
        b.Tell(new RequestFinished("b", 0, FinishReason.Length, null, 4));
        Assert.Equal([30], TokensOf(await AllAsync(answer)));
        await _replicas.ExpectMsgAsync<AbortRequest>();
        await GeneratedAsync("fake/1");
        Assert.False(full.Reader.TryRead(out _));
    }

    [Fact]
    public async Task Work_that_was_lost_waits_for_room_at_the_other_and_goes_back_when_the_first_serves()
    {
        await ServeAsync();
        var answer = Open("a");
        var request = await GeneratedAsync("fake/0");
        Tell(0, "degraded");
        await _replicas.ExpectMsgAsync<AbortRequest>();
        await GeneratedAsync("fake/1");
        request.Tell(Refusal("a", RefusalKind.QueueFull, "fake/1")); // It had no token yet, but was taken: no 429.
        await SettleAsync(request);
        await SettleAsync(_gateway);
        await SettleAsync(request);
        Tell(0, "serving");
        await SettleAsync(_gateway);
        Advance(TimeSpan.FromSeconds(2));
        await SettleAsync(request);
        Assert.Contains(await AllSentAsync(), one => one is Generate { ReplicaId: "fake/1" });
        request.Tell(Refusal("a", RefusalKind.QueueFull, "fake/1"));
        await _replicas.FishForMessageAsync(one => one is Generate { ReplicaId: "fake/0" });
        request.Tell(Token("a", 3));
        request.Tell(new RequestFinished("a", 0, FinishReason.Length, null, 4));
        Assert.Equal([30], TokensOf(await AllAsync(answer)));
    }

    [Fact]
    public async Task Request_that_failed_is_never_moved()
    {
        await ServeAsync();
        var answer = Open("a");
        var request = await GeneratedAsync("fake/0");
        request.Tell(Refusal("a", RefusalKind.Failed, "fake/0"));
        Assert.Equal(RefusalKind.Failed, Assert.IsType<GenerationEvent.Refused>(Assert.Single(await AllAsync(answer))).Kind);
        await SilentAsync(_gateway, _replicas);
    }

    [Fact]
    public async Task Requests_of_a_replica_that_has_failed_for_good_move()
    {
        await ServeAsync();
        Open("a");
        var request = await GeneratedAsync("fake/0");
        request.Tell(Token("a", 3));
        request.Tell(Refusal("a", RefusalKind.Failed, "fake/0", isOfReplica: true));
        await _replicas.ExpectMsgAsync<AbortRequest>();
        await GeneratedAsync("fake/1", 30);
    }

    [Fact]
    public async Task Request_whose_adapter_is_not_there_yet_goes_to_the_replica_that_has_it()
    {
        await ServeAsync();
        Open("a");
        (await GeneratedAsync("fake/0")).Tell(Refusal("a", RefusalKind.Unavailable, "fake/0"));
        await _replicas.ExpectMsgAsync<AbortRequest>();
        await GeneratedAsync("fake/1");
    }

    [Fact]
    public async Task Choices_of_a_request_are_refused_and_offered_together()
    {
        await ServeAsync();
        Open("a", 0, 2);
        var first = await GeneratedAsync("fake/0");
        Open("a", 1, 2);
        var second = await GeneratedAsync("fake/0");
        first.Tell(Refusal("a", RefusalKind.QueueFull, "fake/0"));
        await _replicas.ExpectMsgAsync<AbortRequest>();
        Assert.NotNull((await _replicas.ExpectMsgAsync<Generate>(one => Assert.Equal("fake/1", one.ReplicaId))).Request.Group);
        second.Tell(Refusal("a", RefusalKind.QueueFull, "fake/0", choice: 1));
        await _replicas.ExpectMsgAsync<AbortRequest>();
        await GeneratedAsync("fake/1");
    }

    [Fact]
    public async Task Where_nobody_serves_the_client_hears_the_refusal()
    {
        await WatchedAsync();
        Tell(0, "degraded");
        Tell(1, "degraded");
        var answer = Open("a");
        (await GeneratedAsync("fake/0")).Tell(Refusal("a", RefusalKind.Unavailable, "fake/0"));
        Assert.Equal(RefusalKind.Unavailable, Assert.IsType<GenerationEvent.Refused>(Assert.Single(await AllAsync(answer))).Kind);
    }

    [Fact]
    public async Task Replicas_are_asked_again_and_again_because_one_may_come_up_elsewhere()
    {
        await WatchedAsync();
        Advance(TimeSpan.FromSeconds(1));
        await WatchedAsync();
    }

    private async Task<List<object>> AllSentAsync()
    {
        await SettleAsync(_replicas.Ref);
        List<object> sent = [];
        while (_replicas.HasMessages)
            sent.Add(await _replicas.ReceiveOneAsync(TimeSpan.FromSeconds(20)));
        return sent;
    }
}
