using System.Net.Sockets;
using System.Runtime.InteropServices;
using Gaudi.Cluster.Collectives;
using Gaudi.Hpu.Collectives;
using Gaudi.Tests.Hpu.Collectives;
using Xunit;

namespace Gaudi.Tests.Cluster.Collectives;

public sealed class FrameTests : IDisposable
{
    private const int Seed = 20_261_126;
    private readonly SocketGroup _group = new();

    public void Dispose() => _group.Dispose();

    [Fact]
    public void Header_has_these_bytes()
    {
        var header = new FrameHeader(
            0x0102030405060708, 9, new CollectiveCall(CollectiveOperation.Broadcast, 0x0A0B0C, 2), 65_536, 3, 16);
        var bytes = new byte[FrameHeader.HeaderBytes];
        header.Write(bytes);
        Assert.Equal(
            "3C000000" + "47444631" + "0807060504030201" + "0900000000000000" + "0C0B0A0000000000" + "0000010000000000"
            + "02000000" + "0300" + "0300",
            Convert.ToHexString(bytes));
    }

    [Fact]
    public async Task Frame_that_comes_byte_by_byte_is_put_together()
    {
        using var peer = await RawPeer.JoinAsync(_group, 1);
        var sum = peer.SumAsync(2);
        foreach (var part in RawPeer.Frame(1, Floats(2, 3)))
            peer.Socket.Send([part]);
        Assert.Equal(new[] { 3f, 4f }, await sum);
    }

    [Fact]
    public async Task Next_frame_that_comes_early_is_kept_for_the_next_call()
    {
        using var peer = await RawPeer.JoinAsync(_group, 1);
        var second = RawPeer.Frame(1, Floats(20));
        (RawPeer.Header(1, 4) with { Sequence = 2 }).Write(second);
        peer.Socket.Send([.. RawPeer.Frame(1, Floats(10)), .. second]);
        Assert.Equal(11f, Assert.Single(await peer.SumAsync(1)));
        Assert.Equal(21f, Assert.Single(await peer.SumAsync(1)));
    }

    [Theory]
    [InlineData("epoch", "came epoch 4, call 1")]
    [InlineData("sequence", "came epoch 5, call 2")]
    [InlineData("rank", "rank 0, 8 bytes at 0")]
    [InlineData("offset", "8 bytes at 65536")]
    [InlineData("payload", "came epoch 5, call 1 (AllReduceSum of 8 bytes), rank 1, 4 bytes at 0")]
    [InlineData("magic", "came bytes that begin")]
    [InlineData("operation", "(99 of 8 bytes)")]
    public async Task Wrong_frame_ends_the_epoch_and_says_what_is_wrong(string field, string expected)
    {
        using var peer = await RawPeer.JoinAsync(_group, 5);
        var frame = RawPeer.Frame(5, Floats(1, 2));
        var header = RawPeer.Header(5, 8);
        header = field switch
        {
            "epoch" => header with { Epoch = 4 },
            "sequence" => header with { Sequence = 2 },
            "rank" => header with { FromRank = 0 },
            "offset" => header with { Offset = 65_536 },
            "payload" => header with { PayloadBytes = 4 },
            "operation" => header with { Call = header.Call with { Operation = (CollectiveOperation)99 } },
            _ => header,
        };
        header.Write(frame);
        if (field == "magic")
            frame[5] ^= 1;
        var sum = peer.SumAsync(2);
        peer.Socket.Send(frame);
        var error = await Assert.ThrowsAsync<CollectiveAbortedException>(() => sum);
        Assert.StartsWith("peer lost: expected", error.Reason);
        Assert.Contains(expected, error.Reason);
        Assert.Throws<CollectiveAbortedException>(peer.Other.Barrier);
        Assert.Equal(0, peer.Other.CompletedCount);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    [InlineData(48)]
    [InlineData(52)]
    public async Task Peer_that_dies_within_a_frame_frees_the_rank(int sentBytes)
    {
        using var peer = await RawPeer.JoinAsync(_group, 1);
        var sum = peer.SumAsync(2);
        peer.Socket.Send(RawPeer.Frame(1, Floats(1, 2)).AsSpan(0, sentBytes));
        peer.Socket.Dispose();
        var error = await Assert.ThrowsAsync<CollectiveAbortedException>(() => sum);
        Assert.StartsWith("peer lost:", error.Reason);
    }

    /// <summary>Rank 1 never comes; rank 2 has sent its whole frame, and died before rank 0 came.</summary>
    [Fact]
    public async Task Peer_that_died_after_its_frame_frees_the_rank_that_waits_for_another()
    {
        for (var epoch = 1; epoch <= 20; epoch++)
        {
            _group.Listen(3);
            var connecting = new[] { _group.ConnectAsync(0, 3, epoch), _group.ConnectAsync(1, 3, epoch) };
            var sockets = new List<Socket>();
            for (var rank = 0; rank < 2; rank++)
            {
                var socket = RawPeer.Dial(_group.Listeners[rank].Endpoint);
                Handshake.Dial(socket, Hello.Create("group", epoch, 2, rank, 3), "secret");
                sockets.Add(socket);
            }
            var ranks = await Task.WhenAll(connecting);
            var frame = RawPeer.Frame(epoch, Floats(1, 2));
            (RawPeer.Header(epoch, 8) with { FromRank = 2 }).Write(frame);
            sockets[0].Send(frame);
            sockets[0].LingerState = new LingerOption(enable: true, seconds: 0);
            sockets[0].Dispose();
            var freed = await FreedCall.Start(armed: null, () => ranks[0].AllReduceSum(new float[2]));
            Assert.StartsWith("peer lost: rank 2", freed.Error.Reason);
            sockets[1].Dispose();
            CollectiveLaws.End(ranks);
        }
    }

    /// <summary>A changed header is refused, changed payload is summed; the call never hangs and nothing else is thrown.</summary>
    [Fact]
    public async Task Mutated_frame_is_refused_or_summed()
    {
        var random = new Random(Seed);
        int refused = 0, summed = 0;
        for (var epoch = 1; epoch <= 150; epoch++)
        {
            using var peer = await RawPeer.JoinAsync(_group, epoch);
            var frame = RawPeer.Frame(epoch, Floats(1, 2));
            var at = random.Next(frame.Length);
            frame[at] ^= (byte)random.Next(1, 256);
            var sum = peer.SumAsync(2);
            peer.Socket.Send(frame);
            var error = await Record.ExceptionAsync(() => sum);
            var isExpected = at >= FrameHeader.HeaderBytes
                ? error is null
                : error is CollectiveAbortedException or CollectiveMismatchException;
            Assert.True(isExpected, $"seed {Seed}, epoch {epoch}, byte {at}: {error}");
            _ = error is null ? summed++ : refused++;
        }
        Assert.True(refused > 50 && summed > 10, $"{refused} refused, {summed} summed");
    }

    private static byte[] Floats(params float[] values) => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
}
