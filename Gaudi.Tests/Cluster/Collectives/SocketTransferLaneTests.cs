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

    internal override ITransferLane Open(bool isRead, TransferMemory memory, Action wake, long bytesPerSecond = 0) => _lanes.Open(
        new TransferLaneSettings("127.0.0.1", isRead ? 0 : null, TimeSpan.FromSeconds(5), bytesPerSecond), memory, wake);

    // Slow enough to be in the middle for minutes.
    private (ITransferLane Lane, ITransferLane Peer, LaneMemory Mine) BeginSlow()
    {
        var (mine, theirs) = (new LaneMemory(1, 3, 4096, 1), new LaneMemory(1, 3, 4096, 2));
        var (lane, peer) = (Lane(mine, isRead: false), Lane(theirs, isRead: true, () => { }, bytesPerSecond: 8192));
        peer.Offer("key", Digest, [0, 1, 2]);
        using var began = new ManualResetEventSlim();
        lane.Read(new TransferRead(1, peer.Endpoint, "key", Digest, _ =>
        {
            began.Set();
            return [.. LaneMemory.Parts(mine, [0, 1, 2], theirs, [0, 1, 2])];
        }));
        Assert.True(began.Wait(TimeSpan.FromSeconds(30)), "the read did not begin");
        return (lane, peer, mine);
    }

    [Fact]
    public void Lost_peer_is_seen_at_once()
    {
        var (lane, peer, _) = BeginSlow();
        var clock = Stopwatch.StartNew();
        peer.Dispose();
        var end = WaitForEnd(lane);
        output.WriteLine($"seen after {clock.Elapsed.TotalMilliseconds:0.0} ms");
        Assert.Contains("was lost", end.Failure);
        Assert.True(end.PartsDone < 3);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(3), $"{clock.Elapsed}: less than any timeout");
    }

    [Fact]
    public void Cancelled_read_writes_nothing_afterwards()
    {
        var (lane, _, mine) = BeginSlow();
        lane.CancelReads();
        var after = new[] { 0, 1, 2 }.Select(mine.Block).ToArray();
        Assert.NotEqual("", WaitForEnd(lane).Failure);
        Assert.Equal(after, new[] { 0, 1, 2 }.Select(mine.Block));
    }

    [Fact]
    public void Blocks_withdrawn_while_they_are_read_are_not_valid()
    {
        var (lane, peer, _) = BeginSlow();
        peer.Withdraw("key");
        var end = WaitForEnd(lane);
        Assert.True(end.PartsDone < 3);
        // The read may have come a moment later than the withdrawal.
        Assert.True(end.Failure.Contains("withdrawn") || end.Failure.Contains("is not offered"), end.Failure);
    }

    [Fact]
    public async Task Bytes_that_were_changed_on_the_way_are_not_used()
    {
        // A peer by hand: the right greeting and a part with another checksum.
        var memory = new LaneMemory(1, 2, 8, 1);
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
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
        using var stranger = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        stranger.Connect(IPEndPoint.Parse(peer.Endpoint));
        TransferWire.ReceiveGreeting(stranger);
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
