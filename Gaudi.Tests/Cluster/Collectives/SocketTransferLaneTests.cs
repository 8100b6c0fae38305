using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Gaudi.Cluster.Collectives;
using Gaudi.Hpu.Collectives;
using Gaudi.Tests.Hpu.Collectives;
using Xunit;
using Xunit.Abstractions;

namespace Gaudi.Tests.Cluster.Collectives;

public sealed class SocketTransferLaneTests(ITestOutputHelper output) : TransferLaneLaws
{
    private readonly SocketTransferLanes _lanes = new(TimeProvider.System);

    internal override ITransferLane Open(bool isRead, TransferMemory memory, Action wake, long bytesPerSecond = 0) =>
        _lanes.Open(Settings(isRead, TimeSpan.FromSeconds(5), bytesPerSecond), memory, wake);

    private static TransferLaneSettings Settings(bool isRead, TimeSpan stallTimeout, long bytesPerSecond = 0) =>
        new("127.0.0.1", isRead ? 0 : null, stallTimeout, bytesPerSecond);

    // A read whose first part has arrived and whose others need another second.
    private async Task<(ITransferLane Lane, ITransferLane Peer)> BeginSlowAsync()
    {
        var (mine, theirs) = (new LaneMemory(1, 3, 4096, 1), new LaneMemory(1, 3, 4096, 2));
        var (lane, peer) = (Lane(mine, isRead: false), Lane(theirs, isRead: true, () => { }, bytesPerSecond: 8192));
        peer.Offer("key", Digest, [0, 1, 2]);
        lane.Read(new TransferRead(
            1, peer.Endpoint, "key", Digest, _ => [.. LaneMemory.Parts(mine, [0, 1, 2], theirs, [0, 1, 2])]));
        await Eventually.ReadAsync(
            () => Task.FromResult(mine.Block(0)), block => block == theirs.Block(0), TimeSpan.FromSeconds(30));
        return (lane, peer);
    }

    [Fact]
    public async Task Lost_peer_is_seen_at_once()
    {
        var (lane, peer) = await BeginSlowAsync();
        var clock = Stopwatch.StartNew();
        peer.Dispose();
        var end = WaitForEnd(lane);
        output.WriteLine($"seen after {clock.Elapsed.TotalMilliseconds:0.0} ms");
        Assert.Contains("was lost", end.Failure);
        Assert.InRange(end.PartsDone, 0, 2);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(3), $"{clock.Elapsed}: less than any timeout");
    }

    [Fact]
    public async Task Cancel_returns_when_no_thread_is_in_a_read_any_more_and_not_before()
    {
        var (mine, theirs) = (new LaneMemory(1, 3, 4096, 1), new LaneMemory(1, 3, 4096, 2));
        var (lane, peer) = (Lane(mine, isRead: false), Lane(theirs, isRead: true, () => { }));
        peer.Offer("key", Digest, [0]);
        using var isInside = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        lane.Read(new TransferRead(1, peer.Endpoint, "key", Digest, _ =>
        {
            isInside.Set();
            goOn.Wait();
            return [.. LaneMemory.Parts(mine, [0], theirs, [0])];
        }));
        Assert.True(isInside.Wait(TimeSpan.FromSeconds(30)), "the read did not begin");
        var before = mine.Block(0);
        var cancelled = Task.Run(lane.CancelReads);
        await Assert.ThrowsAsync<TimeoutException>(() => cancelled.WaitAsync(TimeSpan.FromMilliseconds(100)));
        goOn.Set();
        await cancelled.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.NotEqual("", Assert.Single(lane.Take().Ended).Failure); // It has ended already.
        Assert.Equal(before, mine.Block(0));
    }

    [Fact]
    public async Task Blocks_withdrawn_while_they_are_read_are_not_valid()
    {
        var (lane, peer) = await BeginSlowAsync();
        peer.Withdraw("key");
        var end = WaitForEnd(lane);
        Assert.InRange(end.PartsDone, 1, 2);
        Assert.Contains("withdrawn while they were read", end.Failure);
    }

    [Fact]
    public void Peer_that_drips_has_no_more_time_than_one_that_is_silent()
    {
        var (mine, theirs) = (new LaneMemory(1, 1, 8192, 1), new LaneMemory(1, 1, 8192, 2));
        var peer = Lane(theirs, isRead: true, () => { }, bytesPerSecond: 4096); // Eight pieces, a quarter of a second apart.
        peer.Offer("key", Digest, [0]);
        var (lane, news) = Impatient(mine, TimeSpan.FromSeconds(1));
        using var ended = lane;
        lane.Read(new TransferRead(1, peer.Endpoint, "key", Digest, _ => [.. LaneMemory.Parts(mine, [0], theirs, [0])]));
        Assert.Contains("0 of 8192 bytes came in 1.002 s, the time they have", Assert.Single(Ended(lane, news, 1)).Failure);
    }

    [Fact]
    public void Host_that_does_not_answer_is_tried_once_for_all_that_wait()
    {
        var memory = new LaneMemory(1, 2, 8, 1);
        using var listener = Listener(); // The system takes connections for it; nobody greets.
        var (lane, news) = Impatient(memory, TimeSpan.FromMilliseconds(400));
        using var ended = lane;
        for (var id = 1; id <= 32; id++)
            Read(id);
        Assert.All(Ended(lane, news, 32), end => Assert.Contains("was lost", end.Failure));
        Assert.Equal(1, Taken());
        lane.Notify(listener.LocalEndPoint!.ToString()!, "key"); // As for each load that failed.
        Read(33);
        Ended(lane, news, 1);
        Assert.Equal(1, Taken());

        void Read(int id) => lane.Read(new TransferRead(
            id, listener.LocalEndPoint!.ToString()!, "key", Digest, _ => throw new InvalidOperationException("nobody greets")));

        int Taken()
        {
            var count = 0;
            for (; listener.Poll(0, SelectMode.SelectRead); count++)
                listener.Accept().Dispose();
            return count;
        }
    }

    private static Socket Listener()
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        return listener;
    }

    private (ITransferLane Lane, SemaphoreSlim News) Impatient(LaneMemory memory, TimeSpan stallTimeout)
    {
        var news = new SemaphoreSlim(0);
        return (_lanes.Open(Settings(isRead: false, stallTimeout), memory.For(), () => news.Release()), news);
    }

    private static List<TransferEnd> Ended(ITransferLane lane, SemaphoreSlim news, int count)
    {
        var ended = new List<TransferEnd>();
        while (ended.Count < count)
        {
            Assert.True(news.Wait(TimeSpan.FromSeconds(30)), $"{ended.Count} of {count} reads ended");
            ended.AddRange(lane.Take().Ended);
        }
        return ended;
    }

    [Fact]
    public void Silent_peers_and_requests_that_stop_in_the_middle_leave_room_for_others()
    {
        var memory = new LaneMemory(1, 2, 8, 1);
        using var peer = _lanes.Open(Settings(isRead: true, TimeSpan.FromSeconds(1)), memory.For(), () => { });
        peer.Offer("key", Digest, [0]);
        List<Socket> silent = [.. Enumerable.Range(0, 64).Select(_ => Stranger(peer))];
        try
        {
            var lane = Lane(memory, isRead: false);
            Assert.Equal("", Read(lane, peer, "key", LaneMemory.Parts(memory, [1], memory, [0])).Failure);
            Assert.Single(silent, socket => socket.Poll(0, SelectMode.SelectRead));
            using var half = Stranger(peer);
            half.Send([TransferWire.Read, 3, 0, 0]);
            Assert.True(HasEnded(half), "a request that is not finished was waited for");
        }
        finally
        {
            silent.ForEach(socket => socket.Dispose());
        }
    }

    private static Socket Stranger(ITransferLane peer)
    {
        var stranger = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 30_000 };
        stranger.Connect(IPEndPoint.Parse(peer.Endpoint));
        TransferWire.ReceiveGreeting(stranger);
        return stranger;
    }

    [Fact]
    public async Task Bytes_that_were_changed_on_the_way_are_not_used()
    {
        // A peer by hand: the right greeting and a part with another checksum.
        var memory = new LaneMemory(1, 2, 8, 1);
        using var listener = Listener();
        var peer = Task.Run(() =>
        {
            using var socket = listener.Accept();
            TransferWire.Greet(socket, "hello"u8.ToArray());
            Assert.Equal(TransferWire.Read, TransferWire.ReceiveByte(socket));
            Assert.Equal("key", TransferWire.ReceiveKey(socket));
            Assert.Equal(Digest, TransferWire.ReceiveKey(socket));
            TransferWire.ReceiveParts(socket);
            TransferWire.Send(socket, [TransferWire.Part, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 9, TransferWire.Valid]);
            socket.Receive(new byte[1]);
        });
        var lane = Lane(memory, isRead: false);
        lane.Read(new TransferRead(1, listener.LocalEndPoint!.ToString()!, "key", Digest, _ => [.. LaneMemory.Parts(memory, [1], memory, [0])]));
        var end = WaitForEnd(lane);
        Assert.Contains("checksum", end.Failure);
        Assert.Equal(0, end.PartsDone);
        await peer.WaitAsync(TimeSpan.FromSeconds(30)); // Else the connection was kept.
    }

    [Theory]
    [InlineData(new byte[] { 9 })]
    [InlineData(new byte[] { 1, 255, 255, 255, 127 })]
    [InlineData(new byte[] { 1, 1, 0, 0, 0, 65, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255 })]
    public void Stranger_ends_its_own_connection_and_no_other(byte[] bytes)
    {
        var memory = new LaneMemory(1, 2, 8, 1);
        var (lane, peer) = (Lane(memory, isRead: false), Lane(memory, isRead: true, () => { }));
        peer.Offer("key", Digest, [0]);
        using var stranger = Stranger(peer);
        stranger.Send(bytes);
        Assert.True(HasEnded(stranger), "the stranger was answered");
        Assert.Equal("", Read(lane, peer, "key", LaneMemory.Parts(memory, [1], memory, [0])).Failure);
    }

    // What was sent and not read makes it a reset.
    private static bool HasEnded(Socket socket)
    {
        try
        {
            return socket.Receive(new byte[1]) == 0;
        }
        catch (SocketException)
        {
            return true;
        }
    }

    [Fact]
    public void Large_blocks_over_loopback()
    {
        const int BlockCount = 16;
        var (mine, theirs) = (new LaneMemory(8, BlockCount, 1 << 20, 1), new LaneMemory(8, BlockCount, 1 << 20, 2));
        var (lane, peer) = (Lane(mine, isRead: false), Lane(theirs, isRead: true, () => { }));
        int[] blocks = [.. Enumerable.Range(0, BlockCount)];
        peer.Offer("key", Digest, [.. blocks]);
        var end = Read(lane, peer, "key", LaneMemory.Parts(mine, blocks, theirs, blocks));
        output.WriteLine($"{end.Bytes:N0} bytes in {end.Duration.TotalSeconds:0.000} s: {end.Bytes / end.Duration.TotalSeconds / 1e9:0.00} GB/s");
        Assert.Equal((BlockCount, 128L << 20, ""), (end.PartsDone, end.Bytes, end.Failure));
        Assert.Equal(theirs.Block(BlockCount - 1), mine.Block(BlockCount - 1));
    }

    [Fact]
    public void Known_checksum() => Assert.Equal(0xE3069283u, Crc32C.End(Crc32C.Add(Crc32C.Add(Crc32C.Start, "12345"u8), "6789"u8)));

    [Fact]
    public void Taken_port_is_refused_by_name()
    {
        var memory = new LaneMemory(1, 2, 8, 1);
        var port = IPEndPoint.Parse(Lane(memory, isRead: true, () => { }).Endpoint).Port;
        var settings = new TransferLaneSettings("127.0.0.1", port, TimeSpan.FromSeconds(5), 0);
        Assert.Contains(
            $"cannot listen at 127.0.0.1:{port}",
            Assert.Throws<TransferLaneException>(() => _lanes.Open(settings, memory.For(), () => { })).Message);
    }
}
