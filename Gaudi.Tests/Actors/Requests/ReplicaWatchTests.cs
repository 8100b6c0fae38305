using System.Collections.Immutable;
using Akka.Actor;
using Akka.TestKit;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.Requests;
using Xunit;

namespace Gaudi.Tests.Actors.Requests;

/// <summary>A gateway keeps asking for its replica, which starts one whose node died, and tells its choices of another.</summary>
public sealed class ReplicaWatchTests : ActorTests
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private static readonly ImmutableArray<string> Replicas = ["m/0"];

    private readonly TestProbe _region;
    private readonly TestProbe _gateway;
    private readonly IActorRef _watch;

    public ReplicaWatchTests() : base(VirtualTime)
    {
        _region = CreateTestProbe("region");
        _gateway = CreateTestProbe("gateway");
        _watch = Sys.ActorOf(Props.Create(() => new ReplicaWatch(_region.Ref, Replicas, _gateway.Ref, Period)));
    }

    [Fact]
    public async Task It_asks_at_once_and_at_every_period()
    {
        await SettleAsync(_watch);
        for (var i = 0; i < 3; i++)
        {
            Advance(Period);
            Assert.Equal("m/0", (await _region.ExpectMsgAsync<GetReplicaStatus>()).ReplicaId);
        }
    }

    [Fact]
    public async Task Another_replica_in_the_place_of_the_first_is_told_once()
    {
        var (first, second) = (CreateTestProbe("first"), CreateTestProbe("second"));
        _watch.Tell(Status("serving"), first.Ref);
        Assert.Equal(new ReplicaServes("m/0", IsOther: false), await _gateway.ExpectMsgAsync<ReplicaServes>());
        _watch.Tell(Status("serving"), first.Ref);
        _watch.Tell(Status("forming"), second.Ref);
        await SilentAsync(_watch, _gateway);
        _watch.Tell(Status("serving"), second.Ref);
        Assert.Equal(new ReplicaServes("m/0", IsOther: true), await _gateway.ExpectMsgAsync<ReplicaServes>());
        _watch.Tell(Status("serving"), second.Ref);
        await SilentAsync(_watch, _gateway);
    }

    private static ReplicaStatus Status(string state) => new("m/0", state, "", false, 1, [], [], 0, 0, 0);
}
