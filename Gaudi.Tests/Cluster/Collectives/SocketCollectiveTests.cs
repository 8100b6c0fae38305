using Gaudi.Hpu.Collectives;
using Gaudi.Tests.Hpu.Collectives;
using Xunit;

namespace Gaudi.Tests.Cluster.Collectives;

public sealed class SocketCollectiveTests : CollectiveLaws, IDisposable
{
    private readonly SocketGroup _group = new();

    public void Dispose() => _group.Dispose();

    internal override IReadOnlyList<ICollective> Connect(int worldSize, long epoch) => _group.Connect(worldSize, epoch);

    [Fact]
    public async Task Stopped_listener_frees_its_groups()
    {
        var ranks = Connect(2, 1);
        var blocked = RankThreads.Start(() => { ranks[1].Barrier(); return 0; });
        _group.Listeners[1].Dispose();
        await Assert.ThrowsAsync<CollectiveAbortedException>(() => blocked);
        Assert.Throws<CollectiveAbortedException>(ranks[0].Barrier);
        End(ranks);
    }

    [Fact]
    public void Peers_learn_that_a_rank_was_lost()
    {
        var ranks = Connect(2, 1);
        ranks[1].Dispose();
        var error = Assert.Throws<CollectiveAbortedException>(ranks[0].Barrier);
        Assert.StartsWith("peer lost: rank 1 closed its connection", error.Reason);
        Assert.True(error.IsPeerLost);
        End(ranks);
    }
}
