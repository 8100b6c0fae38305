using Gaudi.Actors.Devices;
using Gaudi.Actors.Protocols;
using Gaudi.Cluster.Node;
using Xunit;

namespace Gaudi.Tests.Cluster.Node;

public sealed class GivingUpTests
{
    private static NodeEvent.GroupChanged Group(string id, bool isFinal) =>
        new(new ReplicaStatus(id, isFinal ? "degraded" : "serving", "2 cards are needed", isFinal, 1, [], [], 0, 0, 0));

    [Fact]
    public void Server_goes_on_while_one_of_its_replicas_may_serve()
    {
        var serving = new GivingUp(lentCards: null);
        serving.See(Group("m/0", isFinal: false));
        serving.See(Group("m/1", isFinal: false));
        serving.See(Group("m/0", isFinal: true));
        serving.See(new NodeEvent.WorkerLost(0, "it died", IsFinal: true));
        Assert.Equal(
            "m/1 can never be served again, so this node ends: 2 cards are needed",
            Assert.Throws<NodeStartException>(() => serving.See(Group("m/1", isFinal: true))).Message);
    }

    [Fact]
    public void Node_that_lends_cards_goes_on_while_one_of_them_may_come_back()
    {
        var lending = new GivingUp(lentCards: 2);
        lending.See(new NodeEvent.WorkerLost(1, "it died", IsFinal: false));
        lending.See(new NodeEvent.WorkerLost(1, "it died again", IsFinal: true));
        lending.See(new NodeEvent.WorkerLost(0, "it died", IsFinal: false));
        Assert.Equal(
            "every card of this node is left out, so it ends: card 0: it is broken; card 1: it died again",
            Assert.Throws<NodeStartException>(() => lending.See(new NodeEvent.WorkerLost(0, "it is broken", IsFinal: true))).Message);
    }
}
