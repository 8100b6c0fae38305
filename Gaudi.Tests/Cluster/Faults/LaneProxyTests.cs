using System.Net;
using Gaudi.Cluster.Collectives;
using Gaudi.Hpu.Collectives;
using Gaudi.Tests.Cluster.Collectives;
using Gaudi.Tests.Hpu.Collectives;
using Gaudi.Tests.Storm;
using Xunit;

namespace Gaudi.Tests.Cluster.Faults;

/// <summary>Ranks that reach each other by the storm's proxy: it carries their bytes, holds them up, and cuts them off.</summary>
public sealed class LaneProxyTests : IDisposable
{
    private readonly LaneProxy _proxy = new();
    private readonly List<SocketCollectiveListener> _listeners = [];

    [Fact]
    public async Task A_sum_goes_through_and_a_stall_holds_it_up_without_an_error()
    {
        var ranks = await ConnectAsync(epoch: 1);
        Assert.Equal(2, _proxy.OpenCount); // One connection: the higher rank dials.
        Assert.All(await SumAsync(ranks), sum => Assert.Equal(3f, sum));

        _proxy.Stall();
        var held = SumAsync(ranks);
        // A call that is through in less than this would not have been held up: the one before took far less.
        Assert.NotSame(held, await Task.WhenAny(held, Task.Delay(200)));
        _proxy.Flow();
        Assert.All(await held.WaitAsync(SocketGroup.Patience), sum => Assert.Equal(3f, sum));
    }

    [Fact]
    public async Task A_cut_ends_the_epoch_on_both_ranks_and_the_next_one_connects()
    {
        var ranks = await ConnectAsync(epoch: 1);
        await SumAsync(ranks);
        _proxy.Stall();
        var waiting = ranks.Select(rank => RankThreads.Start(() => Sum(rank))).ToArray();
        _proxy.Cut();
        foreach (var one in waiting)
            await Assert.ThrowsAsync<CollectiveAbortedException>(() => one.WaitAsync(SocketGroup.Patience));
        _proxy.Flow();
        Assert.All(await SumAsync(await ConnectAsync(epoch: 2)), sum => Assert.Equal(3f, sum));
    }

    [Fact]
    public async Task A_peer_that_the_proxy_does_not_reach_is_named()
    {
        using var gone = SocketGroup.Listen();
        var endpoint = gone.Endpoint;
        gone.Dispose();
        using var alone = Listen(TimeSpan.FromMilliseconds(300));
        var failed = await Assert.ThrowsAsync<CollectiveAbortedException>(() => RankThreads.Start(() => alone.Connect(
            new GroupAddress("group", 1, 1, [endpoint, alone.Endpoint], "secret"), CancellationToken.None)));
        Assert.Contains($"rank 0 at {endpoint}", failed.Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        foreach (var listener in _listeners)
            listener.Dispose();
        _proxy.Dispose();
    }

    private SocketCollectiveListener Listen(TimeSpan connectTimeout) => SocketCollectiveListener.Start(
        SocketGroup.Settings() with { Proxy = _proxy.Endpoint, ConnectTimeout = connectTimeout }, TimeProvider.System);

    private async Task<ICollective[]> ConnectAsync(long epoch)
    {
        while (_listeners.Count < 2)
            _listeners.Add(Listen(SocketGroup.Patience));
        string[] endpoints = [.. _listeners.Select(listener => listener.Endpoint)];
        return await Task.WhenAll(_listeners.Select((listener, rank) => RankThreads.Start(() => listener.Connect(
            new GroupAddress("group", epoch, rank, [.. endpoints], "secret"), CancellationToken.None))));
    }

    private static Task<float[]> SumAsync(ICollective[] ranks) =>
        Task.WhenAll(ranks.Select(rank => RankThreads.Start(() => Sum(rank))));

    private static float Sum(ICollective rank)
    {
        float[] values = [rank.Rank + 1];
        rank.AllReduceSum(values);
        return values[0];
    }
}
