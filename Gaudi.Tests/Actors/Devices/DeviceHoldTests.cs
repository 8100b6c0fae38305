using System.Collections.Immutable;
using Akka.Actor;
using Akka.TestKit;
using Gaudi.Actors.Devices;
using Gaudi.Actors.Protocols;
using Xunit;

namespace Gaudi.Tests.Actors.Devices;

/// <summary>A card serves one group, and says whose it is.</summary>
public sealed class DeviceHoldTests : ActorTests
{
    private readonly InProcessWorkers _workers;
    private readonly TestProbe _node;
    private readonly TestProbe _maker;
    private readonly TestProbe _other;
    private int _loadCount;
    private WorkerReady? _ready;

    public DeviceHoldTests() : base(VirtualTime)
    {
        _workers = new InProcessWorkers(Sys, Given.Settings("gaudi.workers { handshake-ms = 3600000, hold-ms = 5000 }"))
        {
            OnLoad = _ =>
            {
                Interlocked.Increment(ref _loadCount);
                return null;
            },
        };
        _node = CreateTestProbe("node");
        _maker = CreateTestProbe("maker");
        _other = CreateTestProbe("other");
    }

    private async Task<IActorRef> ReadyAsync()
    {
        var host = _workers.Host(new WorkerLaunch(0, 1, "token", "", ImmutableDictionary<string, string>.Empty));
        _workers.Start(new WorkerIdentity(0, 1, "token", 4711), host, _node.Ref, _ => { });
        _ready = await _node.ExpectMsgAsync<WorkerReady>();
        _ready.Worker.Tell(new WorkerAccepted("node"));
        return _ready.Worker;
    }

    private PrepareRank Prepare(string group, long epoch, TestProbe maker) =>
        new(group, epoch, 0, ["in-process"], "secret", _ready!.Digest, Given.Model, maker.Ref);

    private async Task<WorkerHeld> HeldAsync() => await _node.ExpectMsgAsync<WorkerHeld>();

    private async Task<IActorRef> PreparedAsync()
    {
        var device = await ReadyAsync();
        device.Tell(Prepare("g", 1, _maker));
        Assert.Equal(new WorkerHeld(0, 1, "token", "g", null), await HeldAsync());
        await _maker.ExpectMsgAsync<RankPrepared>();
        Assert.Equal(new WorkerHeld(0, 1, "token", "g", new LoadedSlice("g", 0, 1)), await HeldAsync());
        return device;
    }

    [Fact]
    public async Task Another_group_is_refused_with_the_holder_s_name_and_changes_nothing()
    {
        var device = await PreparedAsync();
        device.Tell(Prepare("h", 7, _other));
        var refused = await _other.ExpectMsgAsync<RankRefused>();
        Assert.Equal(("h", 7L, false, 0L, "g", "it serves group g"),
            (refused.GroupId, refused.Epoch, refused.IsFinal, refused.NewestEpoch, refused.HeldBy, refused.Reason));
        device.Tell(Prepare("g", 2, _maker));
        Assert.Equal(2, (await _maker.ExpectMsgAsync<RankPrepared>()).Epoch);
        Assert.Equal(1, _loadCount);
    }

    [Fact]
    public async Task Higher_epoch_of_the_same_group_takes_over_from_wherever_it_comes_without_a_load()
    {
        var device = await PreparedAsync();
        device.Tell(Prepare("g", 2, _other));
        await _other.ExpectMsgAsync<RankPrepared>();
        Assert.Equal(2, (await HeldAsync()).Loaded!.Epoch);
        StopNow(_maker.Ref); // The old life's end is not the new one's.
        await SilentAsync(device, _node);
        device.Tell(Prepare("g", 3, _other));
        await _other.ExpectMsgAsync<RankPrepared>();
        Assert.Equal(1, _loadCount);
    }

    [Fact]
    public async Task Group_whose_supervisor_is_gone_has_no_card_and_finds_its_weights_when_it_is_back()
    {
        var device = await PreparedAsync();
        StopNow(_maker.Ref);
        Assert.Equal(new WorkerHeld(0, 1, "token", null, new LoadedSlice("g", 0, 1)), await HeldAsync());
        device.Tell(Prepare("g", 2, _other));
        await _other.ExpectMsgAsync<RankPrepared>();
        Assert.Equal(1, _loadCount);
    }

    [Fact]
    public async Task Released_card_is_free_without_weights_also_between_two_epochs()
    {
        var device = await PreparedAsync();
        device.Tell(new AbortEpoch("g", 1, "another rank was lost", 0, null));
        device.Tell(new ReleaseRank("g", 1, "another group forms on it"));
        Assert.Equal(new WorkerHeld(0, 1, "token", null, null), await HeldAsync());
        device.Tell(Prepare("h", 1, _other)); // Its own first epoch: another group's epochs are not its.
        Assert.Equal(1, (await _other.ExpectMsgAsync<RankPrepared>()).Epoch);
        Assert.Equal(2, _loadCount);
    }

    [Fact]
    public async Task Card_left_idle_is_free_after_the_limit_and_the_group_may_still_come_back_first()
    {
        var device = await PreparedAsync();
        device.Tell(new AbortEpoch("g", 1, "another rank was lost", 0, null));
        await SettleAsync(device);
        Advance(TimeSpan.FromMilliseconds(4999));
        await SilentAsync(device, _node);
        Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(new WorkerHeld(0, 1, "token", null, new LoadedSlice("g", 0, 1)), await HeldAsync());
        device.Tell(Prepare("g", 2, _maker));
        await _maker.ExpectMsgAsync<RankPrepared>();
        Assert.Equal("g", (await HeldAsync()).GroupId);
        await HeldAsync();
        Assert.Equal(1, _loadCount);
        Advance(TimeSpan.FromHours(1)); // In an epoch nothing lapses.
        await SilentAsync(device, _node);
    }
}
