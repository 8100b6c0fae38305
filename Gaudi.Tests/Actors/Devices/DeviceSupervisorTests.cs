using System.Collections.Immutable;
using Akka.Actor;
using Akka.TestKit;
using Gaudi.Actors.Devices;
using Gaudi.Actors.Protocols;
using Gaudi.Hpu.Platforms;
using Gaudi.Hpu.Plugins;
using Gaudi.Tests.Cluster.Http;
using Xunit;

namespace Gaudi.Tests.Actors.Devices;

public sealed class DeviceSupervisorTests : ActorTests
{
    private readonly FakeLauncher _launcher = new();
    private readonly List<NodeEvent> _events = [];
    private readonly TestProbe _inventory;
    private readonly TestProbe _worker;
    private readonly List<string> _broken = [];
    private int _tokenCount;

    public DeviceSupervisorTests() : base(VirtualTime)
    {
        _inventory = CreateTestProbe("inventory");
        _worker = CreateTestProbe("worker");
    }

    private IActorRef Start(int cardCount = 1)
    {
        var settings = Given.Settings("gaudi.workers { restart-first-ms = 200, restart-longest-ms = 1000, restarts-max = 2, restart-window-ms = 60000 }");
        var parts = new DeviceSupervisorParts(
            "127.0.0.1:4053", cardCount, settings, _launcher, _inventory.Ref, () => $"token {++_tokenCount}",
            happened =>
            {
                if (happened is not NodeEvent.WorkerStarted)
                    _events.Add(happened);
            })
        {
            Time = new FixedTime(),
            LaneBroke = endpoints => _broken.AddRange(endpoints),
        };
        return Sys.ActorOf(Props.Create(() => new DeviceSupervisor(parts)));
    }

    private WorkerReady Ready(int cardIndex = 0, long incarnation = 1, string token = "token 1") => new(
        cardIndex, incarnation, token, 4711, "gaudi3", true, 1L << 30, "aaaa", ["op A"], [],
        new PlatformReport("hpu", "X", [], []), "127.0.0.1:9", _worker.Ref);

    private async Task<ImmutableArray<CardOffer>> NextCardsAsync() => (await _inventory.ExpectMsgAsync<LocalCardsChanged>()).Cards;

    private async Task<CardOffer> CardAsync(string state) =>
        (await _inventory.FishForMessageAsync<LocalCardsChanged>(changed => changed.Cards[0].State == state)).Cards[0];

    [Fact]
    public async Task One_worker_a_card_is_started_and_usable_on_its_handshake_only()
    {
        var devices = Start(cardCount: 2);
        var begun = await NextCardsAsync(); // What happens to both at once is told once.
        Assert.All(begun, card => Assert.Equal((1, false), (card.Incarnation, card.IsReady)));
        Assert.Equal([(0, 1L, "token 1"), (1, 1L, "token 2")],
            _launcher.Workers.Select(one => (one.Launch.CardIndex, one.Launch.Incarnation, one.Launch.Token)));

        devices.Tell(Ready());
        Assert.Equal("127.0.0.1:4053", (await _worker.ExpectMsgAsync<WorkerAccepted>()).Node);
        var cards = await NextCardsAsync();
        Assert.Equal((true, "ready", 4711, "aaaa", "127.0.0.1:9"),
            (cards[0].IsReady, cards[0].State, cards[0].Pid, cards[0].Digest, cards[0].Endpoint));
        Assert.False(cards[1].IsReady);
        Assert.IsType<NodeEvent.WorkerJoined>(Assert.Single(_events));
    }

    [Fact]
    public async Task Worker_that_hangs_is_killed_and_its_end_says_why_and_another_incarnation_is_left_alone()
    {
        var devices = Start();
        devices.Tell(Ready());
        Assert.Equal((1L, devices), await CardAsync("ready") is var card ? (card.Incarnation, card.Minder!) : default);
        devices.Tell(new KillWorker(0, 2, "of another life"));
        devices.Tell(new KillWorker(5, 1, "of another node"));
        await SilentAsync(devices, _inventory);
        devices.Tell(new KillWorker(0, 1, "rank 0 hangs: step 3 took longer than 2 s"));
        Assert.False((await CardAsync("failed")).IsReady);
        Assert.Equal(
            "worker 1000 was ended by signal 9: rank 0 hangs: step 3 took longer than 2 s", (await CardAsync("failed")).Reason);
    }

    [Fact]
    public async Task Broken_lane_is_told_when_its_own_worker_says_so()
    {
        var devices = Start();
        devices.Tell(new LaneBroke("g", 1, ["stranger:1"]), _worker.Ref);
        devices.Tell(Ready());
        await _worker.ExpectMsgAsync<WorkerAccepted>();
        devices.Tell(new LaneBroke("g", 1, ["127.0.0.2:7", "127.0.0.3:8"]), _worker.Ref);
        await SettleAsync(devices);
        Assert.Equal(["127.0.0.2:7", "127.0.0.3:8"], _broken);
    }

    [Fact]
    public async Task Repeated_handshake_is_answered_again_and_changes_nothing()
    {
        var devices = Start();
        await NextCardsAsync();
        devices.Tell(Ready());
        devices.Tell(Ready());
        await _worker.ExpectMsgAsync<WorkerAccepted>();
        await _worker.ExpectMsgAsync<WorkerAccepted>();
        await NextCardsAsync();
        await SilentAsync(devices, _inventory);
        Assert.Single(_events);
    }

    [Theory]
    [InlineData(0, 1, "guessed", "the token of card 0 is wrong")]
    [InlineData(0, 2, "token 1", "incarnation 2 of card 0 is not the newest, which is 1")]
    [InlineData(7, 1, "token 1", "this node has 1 cards, card 7 is not among them")]
    [InlineData(-1, 1, "token 1", "this node has 1 cards, card -1 is not among them")]
    public async Task Worker_that_is_not_the_one_that_was_started_is_refused(int card, long incarnation, string token, string reason)
    {
        var devices = Start();
        await NextCardsAsync();
        devices.Tell(Ready(card, incarnation, token));
        Assert.Equal(reason, (await _worker.ExpectMsgAsync<WorkerRefused>()).Reason);
        await SilentAsync(devices, _inventory);
    }

    [Fact]
    public async Task Worker_that_ends_is_reported_at_once_and_started_again_with_growing_waits_until_the_budget_is_spent()
    {
        var devices = Start();
        await CardAsync("starting");
        devices.Tell(Ready());
        await CardAsync("ready");

        _launcher.Workers[0].Kill();
        var failed = await CardAsync("failed");
        Assert.Equal(("worker 1000 was ended by signal 9", null), (failed.Reason, failed.Pid));
        Assert.False(failed.IsReady);
        await SettleAsync(devices);
        Advance(TimeSpan.FromMilliseconds(199));
        await SettleAsync(devices);
        Assert.Single(_launcher.Workers);
        Advance(TimeSpan.FromMilliseconds(1));
        await CardAsync("starting");
        Assert.Equal((2L, "token 2"), (_launcher.Workers[1].Launch.Incarnation, _launcher.Workers[1].Launch.Token));

        _launcher.Workers[1].End(new WorkerExit(1001, 70, null, "the driver is too old"));
        Assert.Equal("worker 1001 returned 70: the driver is too old", (await CardAsync("failed")).Reason);
        await SettleAsync(devices);
        Advance(TimeSpan.FromMilliseconds(399));
        await SettleAsync(devices);
        Assert.Equal(2, _launcher.Workers.Count);
        Advance(TimeSpan.FromMilliseconds(1));
        await CardAsync("starting");

        _launcher.Workers[2].End(new WorkerExit(0, null, null, "no such file"));
        Assert.Equal(
            "its worker could not be started: no such file; left out since 2023-11-14 22:13:20 UTC, after 2 restarts within 60 s",
            (await CardAsync("quarantined")).Reason);
        await SettleAsync(devices);
        Advance(TimeSpan.FromHours(1));
        await SettleAsync(devices);
        Assert.Equal(3, _launcher.Workers.Count);
        Assert.Equal([false, false, true], _events.OfType<NodeEvent.WorkerLost>().Select(lost => lost.IsFinal));
    }

    [Fact]
    public async Task Worker_that_lives_for_the_window_earns_its_budget_back()
    {
        var devices = Start();
        await CardAsync("starting");
        for (var start = 0; start < 8; start++)
        {
            _launcher.Workers[start].Kill();
            await CardAsync("failed");
            await SettleAsync(devices);
            Advance(TimeSpan.FromMilliseconds(200)); // The first wait, each time.
            await CardAsync("starting");
            await SettleAsync(devices);
            Advance(TimeSpan.FromMilliseconds(59_800));
            await SettleAsync(devices);
        }
        Assert.All(_events.OfType<NodeEvent.WorkerLost>(), lost => Assert.False(lost.IsFinal));
    }

    [Fact]
    public async Task Offer_says_which_group_has_the_card_until_the_worker_ends()
    {
        var devices = Start();
        await CardAsync("starting");
        devices.Tell(Ready());
        Assert.Null((await CardAsync("ready")).GroupId);
        devices.Tell(new WorkerHeld(0, 1, "guessed", "other", null));
        devices.Tell(new WorkerHeld(0, 1, "token 1", "m/0", new LoadedSlice("m/0", 1, 3)));
        Assert.Equal(("m/0", new LoadedSlice("m/0", 1, 3)),
            await CardAsync("ready") is var card ? (card.GroupId, card.Loaded) : default);
        _launcher.Workers[0].Kill();
        Assert.Equal((null, null), await CardAsync("failed") is var gone ? (gone.GroupId, gone.Loaded) : default);
    }

    [Fact]
    public async Task Worker_that_failed_by_itself_is_reported_with_its_own_reason()
    {
        var devices = Start();
        await CardAsync("starting");
        PluginOutcome plugin = new("g", "bad", "X:Y", "X", "1.0.0", PluginOutcome.Failed, "it threw", 1);
        devices.Tell(new WorkerFailed(0, 1, "token 1", 4711, "plugin bad threw", [plugin]));
        Assert.Equal("plugin bad threw", (await CardAsync("failed")).Reason);
        _launcher.Workers[0].End(new WorkerExit(4711, 71, null, "a long log"));
        Assert.Equal("worker 4711 returned 71: plugin bad threw",
            (await _inventory.ExpectMsgAsync<LocalCardsChanged>()).Cards[0].Reason);
    }

    [Fact]
    public async Task Exit_of_an_older_incarnation_changes_nothing()
    {
        var devices = Start();
        await CardAsync("starting");
        _launcher.Workers[0].Kill();
        await CardAsync("failed");
        await SettleAsync(devices);
        Advance(TimeSpan.FromMilliseconds(200));
        await CardAsync("starting");
        _launcher.Workers[0].Kill();
        await SilentAsync(devices, _inventory);
    }

    [Fact]
    public async Task Stopped_supervisor_stops_its_workers()
    {
        var devices = Start(cardCount: 2);
        await NextCardsAsync();
        await WatchAsync(devices);
        StopNow(devices);
        await ExpectTerminatedAsync(devices);
        Assert.All(_launcher.Workers, worker => Assert.Equal(1, worker.StopCount));
    }
}
