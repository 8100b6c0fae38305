using System.Threading.Channels;
using Akka.Actor;
using Akka.TestKit;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.Requests;
using Gaudi.Actors.Settings;
using Xunit;

namespace Gaudi.Tests.Actors.Requests;

/// <summary>A request that was let in is not refused because its replica was lost, whether it has tokens or not.</summary>
public sealed class LetInRequestTests : ActorTests
{
    private static readonly RequestSettings Settings =
        Given.Settings("gaudi.requests { retry-ms = 1000, give-up-ms = 5000, open-max = 2 }").Requests;

    private readonly Channel<GenerationEvent> _events = Channel.CreateUnbounded<GenerationEvent>();
    private readonly TestProbe _replica;

    public LetInRequestTests() : base(VirtualTime) => _replica = CreateTestProbe("replica");

    private IActorRef Start(bool hasServed)
    {
        var request = Given.Request("r", [1, 2, 3], 5);
        return Sys.ActorOf(Props.Create(
            () => new RequestActor(request, "fake/0", _replica.Ref, Settings, _events.Writer, null, hasServed)));
    }

    [Fact]
    public async Task One_that_a_served_replicas_successor_refuses_waits_for_it()
    {
        var request = Start(hasServed: true);
        await _replica.ExpectMsgAsync<Generate>();
        request.Tell(new RequestRefused("r", 0, RefusalKind.Unavailable, "no cards yet", 1) { IsOfReplica = true });
        await SilentAsync(request, _replica);
        Advance(Settings.Retry);
        Assert.Empty((await _replica.ExpectMsgAsync<Generate>()).EmittedTokenIds);
    }

    [Theory]
    [InlineData(false, true, 1)]
    [InlineData(true, false, 1)]
    [InlineData(true, true, null)]
    public async Task One_without_tokens_is_refused_by_a_replica_that_never_served_that_is_full_or_at_its_end(
        bool hasServed, bool isOfReplica, int? retryAfterSeconds)
    {
        Start(hasServed: hasServed)
            .Tell(new RequestRefused("r", 0, RefusalKind.Unavailable, "why", retryAfterSeconds) { IsOfReplica = isOfReplica });
        Assert.Equal(
            new GenerationEvent.Refused(RefusalKind.Unavailable, "why", retryAfterSeconds), await _events.Reader.ReadAsync());
    }

    [Theory]
    [InlineData(RefusalKind.QueueFull)]
    [InlineData(RefusalKind.Unavailable)]
    public async Task One_whose_replica_is_another_now_waits_for_a_place(RefusalKind kind)
    {
        var request = Start(hasServed: true);
        await _replica.ExpectMsgAsync<Generate>();
        request.Tell(new ReplicaServes("fake/0", IsOther: true));
        await _replica.ExpectMsgAsync<Generate>();
        request.Tell(new RequestRefused("r", 0, kind, "full of others that were let in", 1));
        await SilentAsync(request, _replica);
        Advance(Settings.Retry);
        await _replica.ExpectMsgAsync<Generate>();
    }
}
