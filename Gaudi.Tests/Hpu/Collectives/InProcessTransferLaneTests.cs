using Gaudi.Hpu.Collectives;
using Xunit;

namespace Gaudi.Tests.Hpu.Collectives;

public sealed class InProcessTransferLaneTests : TransferLaneLaws
{
    private readonly SemaphoreSlim _isHeld = new(0);
    private readonly TaskCompletionSource _goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly InProcessTransferLanes _lanes;
    private int _port = 1;

    public InProcessTransferLaneTests() => _lanes = new InProcessTransferLanes
    {
        BeforePart = async (key, part) =>
        {
            if (key != "held" || part != 1)
                return;
            _isHeld.Release();
            await _goOn.Task;
        },
    };

    internal override ITransferLane Open(bool isRead, TransferMemory memory, Action wake, long bytesPerSecond = 0) =>
        _lanes.Open(new TransferLaneSettings("here", isRead ? _port++ : null, TimeSpan.FromSeconds(5), bytesPerSecond), memory, wake);

    [Theory]
    [InlineData("cancelled")]
    [InlineData("withdrawn")]
    [InlineData("peer gone")]
    public void Read_in_the_middle_ends_with_what_came(string how)
    {
        var (mine, theirs) = (new LaneMemory(1, 4, 64, 1), new LaneMemory(1, 4, 64, 2));
        var (lane, peer) = (Lane(mine, isRead: false), Lane(theirs, isRead: true, () => { }));
        peer.Offer("held", Digest, [0, 1, 2]);
        lane.Read(new TransferRead(1, peer.Endpoint, "held", Digest, _ => [.. LaneMemory.Parts(mine, [0, 1, 2], theirs, [0, 1, 2])]));
        Assert.True(_isHeld.Wait(TimeSpan.FromSeconds(30)), "the read did not come to its second part");
        if (how == "cancelled")
            lane.CancelReads();
        else if (how == "withdrawn")
            peer.Withdraw("held");
        else
            peer.Dispose();
        _goOn.SetResult();
        var end = WaitForEnd(lane);
        Assert.Equal(1, end.PartsDone);
        Assert.NotEqual("", end.Failure);
        Assert.Equal(theirs.Block(0), mine.Block(0));
    }
}
