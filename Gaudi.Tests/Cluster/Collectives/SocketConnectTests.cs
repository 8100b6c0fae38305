using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Gaudi.Cluster.Collectives;
using Gaudi.Hpu.Collectives;
using Gaudi.Tests.Hpu.Collectives;
using Xunit;

namespace Gaudi.Tests.Cluster.Collectives;

public sealed class SocketConnectTests : IDisposable
{
    private readonly SocketGroup _group = new();

    public void Dispose() => _group.Dispose();

    [Fact]
    public async Task Ranks_may_come_in_any_order()
    {
        _group.Listen(3);
        var second = _group.ConnectAsync(1, 3, 1);
        var third = _group.ConnectAsync(2, 3, 1);
        Assert.False(second.IsCompleted);
        using var rank0 = await _group.ConnectAsync(0, 3, 1);
        using var rank1 = await second;
        using var rank2 = await third;
        Assert.Equal((1, 3, 1L), (rank1.Rank, rank1.WorldSize, rank1.Epoch));
    }

    [Fact]
    public async Task Addresses_may_differ_as_between_two_machines()
    {
        using var first = SocketGroup.Listen("127.0.0.1");
        using var second = SocketGroup.Listen("127.0.0.2");
        var group = new GroupAddress("g", 1, 0, [first.Endpoint, second.Endpoint], "secret");
        var connecting = RankThreads.Start(() => first.Connect(group, default));
        using var rank1 = second.Connect(group with { Rank = 1 }, default);
        using var rank0 = await connecting;
        var sums = RankThreads.Run([rank0, rank1], rank =>
        {
            float[] values = [rank.Rank + 1];
            rank.AllReduceSum(values);
            return values[0];
        });
        Assert.Equal([3f, 3f], sums);
    }

    [Fact]
    public async Task Dialing_goes_on_until_the_peer_listens()
    {
        // Takes a port that nobody listens at, dials it, and only then listens there.
        using var placeholder = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        placeholder.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var port = ((IPEndPoint)placeholder.LocalEndPoint!).Port;
        using var second = SocketGroup.Listen();
        var group = new GroupAddress("g", 1, 1, [$"127.0.0.1:{port}", second.Endpoint], "secret");
        var connecting = RankThreads.Start(() => second.Connect(group, default));
        placeholder.Dispose();
        var settings = SocketGroup.Settings(port);
        using var first = SocketCollectiveListener.Start(settings, TimeProvider.System);
        using var rank0 = first.Connect(group with { Rank = 0 }, default);
        using var rank1 = await connecting;
        Assert.Equal(1, rank1.Rank);
    }

    [Theory]
    [InlineData(0)] // Waits for a peer to dial.
    [InlineData(1)] // Dials, and waits for the answer.
    public async Task Connect_is_freed_by_cancelling(int rank)
    {
        _group.Listen(2);
        await AssertFreedByCancelling(
            (epoch, abort) => _group.Listeners[rank].Connect(_group.Address(rank, 2, epoch), abort),
            $"connecting rank {rank} was cancelled while ranks {1 - rank} were not connected");
    }

    [Fact]
    public async Task Connect_is_freed_while_the_network_does_not_answer()
    {
        // A full backlog: the system drops further handshakes, as a silent host would.
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        silent.Listen(0);
        using var filler = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        filler.Connect(silent.LocalEndPoint!);
        using var listener = SocketGroup.Listen();
        var group = new GroupAddress("g", 1, 1, [silent.LocalEndPoint!.ToString()!, listener.Endpoint], "secret");
        await AssertFreedByCancelling(
            (epoch, abort) => listener.Connect(group with { Epoch = epoch }, abort), "connecting rank 1 was cancelled");
    }

    [Fact]
    public void Connect_gives_up_at_its_deadline_and_says_who_is_missing_and_why()
    {
        using var listener = SocketGroup.Listen(connectTimeout: TimeSpan.FromMilliseconds(60));
        using var closed = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var group = new GroupAddress("g", 1, 1, [closed.LocalEndPoint!.ToString()!, listener.Endpoint, "127.0.0.1:1"], "secret");
        var error = Assert.Throws<CollectiveAbortedException>(() => listener.Connect(group, default));
        Assert.Contains("rank 1 waited 0.06 s while ranks 0, 2 were not connected; last: rank 0 at 127.0.0.1:", error.Message);
    }

    [Fact]
    public async Task Peer_with_an_older_epoch_is_refused_at_once()
    {
        _group.Listen(2);
        var newer = _group.ConnectAsync(0, 2, 6);
        var older = await Assert.ThrowsAsync<CollectiveAbortedException>(() => _group.ConnectAsync(1, 2, 5));
        Assert.Contains("refused: epoch 5 is stale: the group is at epoch 6", older.Message);
        using var rank1 = await _group.ConnectAsync(1, 2, 6); // The newer epoch is not disturbed.
        using var rank0 = await newer;
    }

    [Fact]
    public async Task Peer_that_waits_with_an_older_epoch_is_refused_when_the_newer_comes()
    {
        _group.Listen(2);
        var older = _group.ConnectAsync(1, 2, 5);
        using var abort = new CancellationTokenSource();
        var newer = _group.ConnectAsync(0, 2, 6, abort.Token);
        var error = await Assert.ThrowsAsync<CollectiveAbortedException>(() => older);
        Assert.Contains("epoch 5 is stale", error.Message);
        abort.Cancel();
        await Assert.ThrowsAsync<CollectiveAbortedException>(() => newer);
    }

    [Fact]
    public async Task Newer_epoch_ends_the_older_on_every_rank()
    {
        var old = _group.Connect(3, 1);
        var blocked = RankThreads.Start(() => { old[2].Barrier(); return 0; });
        using var abort = new CancellationTokenSource();
        var newer = _group.ConnectAsync(0, 3, 2, abort.Token);
        await Assert.ThrowsAsync<CollectiveAbortedException>(() => blocked);
        Assert.Equal("epoch 2 replaced it", Assert.Throws<CollectiveAbortedException>(old[0].Barrier).Reason);
        Assert.Throws<CollectiveAbortedException>(old[1].Barrier);
        var stale = Assert.Throws<CollectiveAbortedException>(
            () => _group.Listeners[0].Connect(_group.Address(0, 3, 1), default));
        Assert.Contains("it is stale: group 'group' is at epoch 2", stale.Message);
        abort.Cancel();
        await Assert.ThrowsAsync<CollectiveAbortedException>(() => newer);
        CollectiveLaws.End(old);
    }

    [Fact]
    public void Epoch_connects_once()
    {
        CollectiveLaws.End(_group.Connect(2, 1));
        var error = Assert.Throws<CollectiveAbortedException>(
            () => _group.Listeners[0].Connect(_group.Address(0, 2, 1), default));
        Assert.Contains("it was used by this process", error.Message);
    }

    [Fact]
    public async Task Peer_with_another_token_does_not_get_in()
    {
        _group.Listen(2);
        using var abort = new CancellationTokenSource();
        var rank0 = _group.ConnectAsync(0, 2, 1, abort.Token);
        var stranger = await Assert.ThrowsAsync<CollectiveAbortedException>(() => RankThreads.Start(
            () => _group.Listeners[1].Connect(_group.Address(1, 2, 1, token: "guess"), default)));
        Assert.Contains("it has another token for this group", stranger.Message);
        Assert.False(rank0.IsCompleted);
        abort.Cancel();
        await Assert.ThrowsAsync<CollectiveAbortedException>(() => rank0);
    }

    [Fact]
    public async Task Peer_that_believes_in_another_group_is_refused()
    {
        _group.Listen(3);
        using var abort = new CancellationTokenSource();
        var rank0 = _group.ConnectAsync(0, 2, 1, abort.Token);
        var error = await Assert.ThrowsAsync<CollectiveAbortedException>(() => _group.ConnectAsync(1, 3, 1));
        Assert.Contains("it has 2 ranks in this group, the other side has 3", error.Message);
        abort.Cancel();
        await Assert.ThrowsAsync<CollectiveAbortedException>(() => rank0);
    }

    [Fact]
    public void Wrong_endpoint_is_named()
    {
        _group.Listen(2);
        var group = _group.Address(1, 2, 1) with { Endpoints = ["nowhere", _group.Listeners[1].Endpoint] };
        var error = Assert.Throws<CollectiveAbortedException>(() => _group.Listeners[1].Connect(group, default));
        Assert.Contains("expected rank 0's endpoint as ADDRESS:PORT, came 'nowhere'", error.Message);
    }

    [Fact]
    public void Single_rank_needs_no_peer_and_is_replaced_like_the_others()
    {
        var alone = _group.Connect(1, 1)[0];
        alone.Barrier();
        using var newer = _group.Connect(1, 2)[0];
        Assert.Equal("epoch 2 replaced it", Assert.Throws<CollectiveAbortedException>(alone.Barrier).Reason);
    }

    [Fact]
    public void Port_in_use_is_named()
    {
        _group.Listen(1);
        var port = IPEndPoint.Parse(_group.Listeners[0].Endpoint).Port;
        var settings = SocketGroup.Settings(port);
        var error = Assert.Throws<CollectiveListenException>(() => SocketCollectiveListener.Start(settings, TimeProvider.System));
        Assert.Contains($"cannot listen at 127.0.0.1:{port}: Address already in use", error.Message);
        Assert.Throws<CollectiveListenException>(
            () => SocketCollectiveListener.Start(settings with { Address = IPAddress.Any }, TimeProvider.System));
    }

    [Fact]
    public void Token_is_not_printed() =>
        Assert.DoesNotContain("secret", new GroupAddress("g", 1, 0, ["127.0.0.1:1"], "secret").ToString());

    /// <summary>Starts connects of rising epochs and cancels each: all are freed, fast.</summary>
    private static async Task AssertFreedByCancelling(Func<long, CancellationToken, ICollective> connect, string reason)
    {
        var rounds = new List<TimeSpan>();
        for (var epoch = 1; epoch <= 5; epoch++)
        {
            using var abort = new CancellationTokenSource();
            using var armed = new CountdownEvent(1);
            var number = epoch;
            var connecting = FreedCall.Start(armed, () => connect(number, abort.Token));
            armed.Wait();
            Thread.SpinWait(epoch * 40_000); // From "about to connect" to "waiting".
            var start = Stopwatch.GetTimestamp();
            abort.Cancel();
            var freed = await connecting;
            rounds.Add(Stopwatch.GetElapsedTime(start, freed.At));
            Assert.Contains(reason, freed.Error.Message);
        }
        FreedCall.AssertFast(rounds);
    }
}
