using Akka.Actor;
using Gaudi.Actors.Devices;
using Gaudi.Actors.Protocols;
using Gaudi.Cluster.Node;
using Gaudi.Hpu.Platforms;
using Xunit;

namespace Gaudi.Tests.Cluster.Node;

public sealed class FirstStartsTests
{
    private readonly FirstStarts _starts = new();

    private static NodeEvent Joined(int card) => new NodeEvent.WorkerJoined(new WorkerReady(
        card, 1, "token", 4711, "gaudi3", true, 1L << 30, "aaaa", [], [], new PlatformReport("hpu", "X", [], []), "127.0.0.1:9",
        ActorRefs.Nobody));

    private static NodeEvent Lost(int card) => new NodeEvent.WorkerLost(card, "worker 4711 returned 1: no driver", IsFinal: false);

    [Fact]
    public void Worker_that_is_lost_before_it_joined_ends_the_start()
    {
        _starts.See(Joined(0));
        Assert.Equal(
            "card 1 cannot be lent: worker 4711 returned 1: no driver",
            Assert.Throws<NodeStartException>(() => _starts.See(Lost(1))).Message);
    }

    [Fact]
    public void Worker_that_had_joined_is_started_again()
    {
        _starts.See(Joined(0));
        _starts.See(Lost(0));
        _starts.See(Lost(0));
    }
}
