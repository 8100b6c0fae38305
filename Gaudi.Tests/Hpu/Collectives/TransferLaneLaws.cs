using System.Collections.Immutable;
using System.Text;
using Gaudi.Hpu.Collectives;
using Xunit;

namespace Gaudi.Tests.Hpu.Collectives;

/// <summary>What is true of every transfer lane. A transport's tests derive from it and say how one is opened.</summary>
public abstract class TransferLaneLaws : IDisposable
{
    private protected const string Digest = "of this prompt";

    private const int Seed = 20_261_127;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly List<ITransferLane> _lanes = [];
    private readonly SemaphoreSlim _news = new(0);

    /// <summary>Opens a lane; one that is read listens at an endpoint of its own.</summary>
    internal abstract ITransferLane Open(bool isRead, TransferMemory memory, Action wake, long bytesPerSecond = 0);

    public void Dispose()
    {
        _lanes.ForEach(lane => lane.Dispose());
        _news.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected ITransferLane Lane(LaneMemory memory, bool isRead, Action? wake = null, long bytesPerSecond = 0)
    {
        var lane = Open(isRead, memory.For(), wake ?? (() => _news.Release()), bytesPerSecond);
        _lanes.Add(lane);
        return lane;
    }

    private protected TransferEnd Read(ITransferLane lane, ITransferLane peer, string key, params TransferPart[] parts)
    {
        lane.Read(new TransferRead(1, peer.Endpoint, key, Digest, _ => [.. parts]));
        return WaitForEnd(lane);
    }

    private protected TransferEnd WaitForEnd(ITransferLane lane)
    {
        while (true)
        {
            if (lane.Take().Ended is [var end])
                return end;
            Assert.True(_news.Wait(Patience), "a read did not end");
        }
    }

    [Theory]
    [InlineData(1, 64)]
    [InlineData(4, 1000)]
    [InlineData(3, 300_000)]
    public void Blocks_arrive_whole_and_nothing_else_is_written(int regionCount, int blockBytes)
    {
        var (mine, theirs) = (new LaneMemory(regionCount, 6, blockBytes, Seed), new LaneMemory(regionCount, 9, blockBytes, Seed + 1));
        using var heard = new ManualResetEventSlim();
        var (lane, peer) = (Lane(mine, isRead: false), Lane(theirs, isRead: true, heard.Set));
        var untouched = new[] { 0, 3 }.Select(mine.Block).ToArray();
        Assert.Equal("", lane.Endpoint);
        peer.Offer("key", Digest, [8, 2, 0, 5]);
        var end = Read(lane, peer, "key", LaneMemory.Parts(mine, [1, 5, 2, 4], theirs, [8, 2, 0, 5]));
        Assert.Equal(("", 4, 4L * regionCount * blockBytes, 4 * regionCount), (end.Failure, end.PartsDone, end.Bytes, end.DescriptorCount));
        Assert.Equal(new[] { 8, 2, 0, 5 }.Select(theirs.Block), new[] { 1, 5, 2, 4 }.Select(mine.Block));
        Assert.Equal(untouched, new[] { 0, 3 }.Select(mine.Block));
        Assert.True(heard.Wait(Patience), "the peer was not told");
        Assert.Equal(["key"], peer.Take().Notices.AsEnumerable());
        Assert.Empty(peer.Take().Notices);
    }

    [Fact]
    public void Peer_tells_its_metadata_before_anything_is_read()
    {
        var memory = new LaneMemory(1, 2, 8, Seed);
        var (lane, peer) = (Lane(memory, isRead: false), Lane(memory, isRead: true, () => { }));
        peer.Offer("key", Digest, [0]);
        var seen = "";
        lane.Read(new TransferRead(7, peer.Endpoint, "key", Digest, metadata =>
        {
            seen = Encoding.UTF8.GetString(metadata.Span);
            throw new TransferRefusedException("not mine");
        }));
        Assert.Equal(new TransferEnd(7, 0, "not mine"), WaitForEnd(lane) with { Duration = default });
        Assert.Equal("hello", seen);
        // The refusal was this side's: the connection serves the next read.
        Assert.Equal("", Read(lane, peer, "key", LaneMemory.Parts(memory, [1], memory, [0])).Failure);
    }

    [Fact]
    public void Only_what_is_offered_is_read_and_only_while_it_is()
    {
        var (mine, theirs) = (new LaneMemory(2, 4, 64, Seed), new LaneMemory(2, 4, 64, Seed + 1));
        var (lane, peer) = (Lane(mine, isRead: false), Lane(theirs, isRead: true, () => { }));
        var before = mine.Block(1);
        Assert.Contains("key is not offered", Read(lane, peer, "key", LaneMemory.Parts(mine, [1], theirs, [1])).Failure);
        peer.Offer("key", Digest, [1]);
        Assert.Contains("block 2 is not offered", Read(lane, peer, "key", LaneMemory.Parts(mine, [1], theirs, [2])).Failure);
        var outside = new TransferPart([mine.Blocks[0].Blocks(1, 1)], [new MemorySpan(16, 64)]);
        Assert.Contains("in no region", Read(lane, peer, "key", outside).Failure);
        var half = new TransferPart([new MemorySpan(mine.Blocks[0].BaseAddress, 32)], [new MemorySpan(theirs.Blocks[0].BaseAddress + 32, 32)]);
        Assert.Contains("are no blocks of 64", Read(lane, peer, "key", half).Failure);
        var beyond = new TransferPart([mine.Blocks[0].All], [new MemorySpan(theirs.Blocks[0].BaseAddress + 64, 256)]);
        Assert.Contains("in no region", Read(lane, peer, "key", beyond).Failure);
        peer.Withdraw("key");
        Assert.Contains("key is not offered", Read(lane, peer, "key", LaneMemory.Parts(mine, [1], theirs, [1])).Failure);
        peer.Offer("one", Digest, [1]);
        peer.Offer("two", Digest, [1]);
        peer.WithdrawAll();
        Assert.Contains("two is not offered", Read(lane, peer, "two", LaneMemory.Parts(mine, [1], theirs, [1])).Failure);
        Assert.Equal(before, mine.Block(1));
    }

    [Fact]
    public void Blocks_of_another_prompt_are_refused_by_who_holds_them()
    {
        var (mine, theirs) = (new LaneMemory(1, 4, 64, Seed), new LaneMemory(1, 4, 64, Seed + 1));
        var (lane, peer) = (Lane(mine, isRead: false), Lane(theirs, isRead: true, () => { }));
        var before = mine.Block(1);
        peer.Offer("key", "of another prompt", [0]);
        var end = Read(lane, peer, "key", LaneMemory.Parts(mine, [1], theirs, [0]));
        Assert.Equal((0, 0L), (end.PartsDone, end.Bytes));
        Assert.Contains("what is offered as key was computed from another prompt", end.Failure);
        Assert.Equal(before, mine.Block(1));
        Assert.Empty(peer.Take().Notices);
        peer.Offer("key", Digest, [0]);
        Assert.Equal("", Read(lane, peer, "key", LaneMemory.Parts(mine, [1], theirs, [0])).Failure);
    }

    [Fact]
    public void Whatever_a_read_brings_about_ends_that_read_alone()
    {
        var memory = new LaneMemory(1, 2, 8, Seed);
        var (lane, peer) = (Lane(memory, isRead: false), Lane(memory, isRead: true, () => { }));
        peer.Offer("key", Digest, [0]);
        lane.Read(new TransferRead(3, peer.Endpoint, "key", Digest, _ => throw new InvalidOperationException("our mistake")));
        Assert.Contains("our mistake", WaitForEnd(lane).Failure);
        Assert.Equal("", Read(lane, peer, "key", LaneMemory.Parts(memory, [1], memory, [0])).Failure);
    }

    [Fact]
    public void First_parts_stay_when_a_later_one_is_refused()
    {
        var (mine, theirs) = (new LaneMemory(2, 4, 64, Seed), new LaneMemory(2, 4, 64, Seed + 1));
        var (lane, peer) = (Lane(mine, isRead: false), Lane(theirs, isRead: true, () => { }));
        peer.Offer("key", Digest, [0, 1]);
        var end = Read(lane, peer, "key", LaneMemory.Parts(mine, [3, 2, 1], theirs, [0, 1, 2]));
        Assert.Equal((2, 256L), (end.PartsDone, end.Bytes));
        Assert.Equal(new[] { 0, 1 }.Select(theirs.Block), new[] { 3, 2 }.Select(mine.Block));
        Assert.Empty(peer.Take().Notices);
    }

    [Fact]
    public void Nobody_there_is_told()
    {
        var memory = new LaneMemory(1, 2, 8, Seed);
        var lane = Lane(memory, isRead: false);
        var peer = Lane(memory, isRead: true, () => { });
        peer.Dispose();
        Assert.NotEqual("", Read(lane, peer, "key", LaneMemory.Parts(memory, [1], memory, [0])).Failure);
        lane.Notify(peer.Endpoint, "key");
    }

    [Fact]
    public void Peer_is_told_what_is_not_wanted()
    {
        var memory = new LaneMemory(1, 2, 8, Seed);
        var heard = new SemaphoreSlim(0);
        var (lane, peer) = (Lane(memory, isRead: false), Lane(memory, isRead: true, () => heard.Release()));
        peer.Offer("one", Digest, [0]);
        peer.Offer("two", Digest, [1]);
        lane.Notify(peer.Endpoint, "nobody's"); // Of no offer: it is not kept.
        lane.Notify(peer.Endpoint, "one");
        lane.Notify(peer.Endpoint, "two");
        var keys = ImmutableArray<string>.Empty;
        while (keys.Length < 2)
        {
            Assert.True(heard.Wait(Patience), $"the peer heard {string.Join(' ', keys)} only");
            keys = keys.AddRange(peer.Take().Notices);
        }
        Assert.Equal(["one", "two"], keys.AsEnumerable());
        heard.Dispose();
    }
}
