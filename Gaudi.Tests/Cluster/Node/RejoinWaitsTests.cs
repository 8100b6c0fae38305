using Gaudi.Cluster.Node;
using Gaudi.Tests.Actors;
using Xunit;

namespace Gaudi.Tests.Cluster.Node;

public sealed class RejoinWaitsTests
{
    [Fact]
    public void Waits_double_up_to_the_longest()
    {
        var waits = new RejoinWaits(Given.Settings("gaudi.cluster { rejoin-first-ms = 100, rejoin-longest-ms = 500 }").Cluster);
        Assert.Equal([100, 200, 400, 500, 500], Enumerable.Range(0, 5).Select(_ => waits.Next().TotalMilliseconds));
    }
}
