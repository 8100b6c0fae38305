using System.Collections.Immutable;
using Akka.Actor;
using Akka.TestKit;
using Gaudi.Actors.Devices;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.Protocols.Reports;
using Xunit;

namespace Gaudi.Tests.Actors.Devices;

/// <summary>Rolling restart and drain: the order of the cards, what is waited for, and every way it can stop.</summary>
public sealed class ClusterAdministratorTests : ActorTests
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly TestProbe _inventory;
    private readonly TestProbe _replica;
    private readonly TestProbe _minder;
    private readonly List<NodeEvent> _events = [];
    private readonly IActorRef _administrator;

    public ClusterAdministratorTests() : base(VirtualTime)
    {
        (_inventory, _replica, _minder) = (CreateTestProbe("inventory"), CreateTestProbe("replica"), CreateTestProbe("minder"));
        var parts = new AdministratorParts(_inventory.Ref, _replica.Ref, ["m/0"], Period, Limit, _events.Add);
        _administrator = Sys.ActorOf(Props.Create(() => new ClusterAdministrator(parts)));
    }

    private CardOffer Card(string node, int index, long incarnation = 1, string? groupId = null) =>
        Given.Card(node, index, _minder) with { Incarnation = incarnation, GroupId = groupId, Minder = _minder.Ref };

    private static CardOffer Gone(CardOffer card, string state) => card with { State = state, Worker = null, Pid = null };

    private void Show(params ImmutableArray<CardOffer> cards) => _administrator.Tell(new InventoryChanged(cards));

    private void Tell(string state = "serving") =>
        _administrator.Tell(new ReplicaStatus("m/0", state, state == "serving" ? "" : "why", false, 1, [], [], 0, 0, 0));

    private Task<AdministrationAnswer> OrderAsync(string? node = null)
    {
        var answer = new TaskCompletionSource<AdministrationAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        _administrator.Tell(new Administrate(node, answer));
        return answer.Task;
    }

    private async Task<AdministrationReport> ReportAsync()
    {
        var answer = new TaskCompletionSource<AdministrationReport>(TaskCreationOptions.RunContinuationsAsynchronously);
        _administrator.Tell(new GetAdministration(answer));
        return await answer.Task;
    }

    private async Task<AdministrationAnswer> BegunAsync(string? node = null)
    {
        var answer = OrderAsync(node);
        await _replica.ExpectMsgAsync<GetReplicaStatus>();
        Tell();
        return await answer;
    }

    private async Task<(string, int, bool)> TakenOutAsync()
    {
        var take = await _minder.ExpectMsgAsync<TakeOutCard>();
        return (take.Reason, take.CardIndex, take.IsDrained);
    }

    [Fact]
    public async Task Cards_restart_by_node_and_index_each_when_the_last_is_back_and_every_replica_serves()
    {
        var (a, b0, b1) = (Card("a", 0), Card("b", 0), Card("b", 1));
        Show(b1, a, b0);
        var answer = await BegunAsync();
        Assert.Equal((null, "running", 3), (answer.Refusal, answer.Report.State, answer.Report.Cards.Length));
        Assert.Equal(("a restart was asked for", 0, false), await TakenOutAsync());

        Show(Gone(a, "restarting"), b0, b1);
        Show(a with { Incarnation = 2, Pid = 77 }, b0, b1);
        await _replica.FishForMessageAsync<GetReplicaStatus>(_ => true);
        Tell("forming");
        await SilentAsync(_administrator, _minder);
        Tell();
        Assert.Equal(0, (await _minder.ExpectMsgAsync<TakeOutCard>()).CardIndex);
        Assert.Equal(("done", 77), (await ReportAsync()).Cards[0] is var first ? (first.State, first.PidAfter) : default);

        Show(a with { Incarnation = 2 }, b0 with { Incarnation = 2 }, b1);
        await SettleAsync(_administrator);
        Tell();
        Assert.Equal(1, (await _minder.ExpectMsgAsync<TakeOutCard>()).CardIndex);
        Show(a with { Incarnation = 2 }, b0 with { Incarnation = 2 }, b1 with { Incarnation = 2 });
        await SettleAsync(_administrator);
        Tell();
        Assert.Equal(("done", "3 workers were restarted"), await ReportAsync() is var report ? (report.State, report.Reason) : default);
        Assert.Equal(
            ["running", "running", "running", "done"], _events.OfType<NodeEvent.AdministrationWent>().Select(one => one.Outcome));
    }

    [Fact]
    public async Task Order_that_may_be_lost_is_repeated_until_the_card_is_out()
    {
        var card = Card("a", 0);
        Show(card);
        await BegunAsync();
        await TakenOutAsync();
        Advance(Period);
        await TakenOutAsync();
        Show(Gone(card, "restarting"));
        await SettleAsync(_administrator);
        Advance(Period);
        await SilentAsync(_administrator, _minder);
    }

    [Fact]
    public async Task Card_that_does_not_come_back_ends_it_and_the_next_is_left_alone()
    {
        var (first, second) = (Card("a", 0), Card("a", 1));
        Show(first, second);
        await BegunAsync();
        await TakenOutAsync();
        Show(first with { State = "restarting", Reason = "its group does not give it back", Worker = null }, second);
        await SettleAsync(_administrator);
        Advance(Limit);
        Assert.Equal(0, (await _minder.FishForMessageAsync<PutBackCard>(_ => true)).CardIndex);
        var report = await ReportAsync();
        Assert.Equal(
            ("failed", "stopped after 60 s of waiting: a card 0 is restarting: its group does not give it back"),
            (report.State, report.Reason));
        Assert.Equal(["failed", "waiting"], report.Cards.Select(row => row.State));
        Assert.Null((await BegunAsync()).Refusal); // It can be asked for again.
    }

    [Fact]
    public async Task Replica_that_does_not_serve_again_ends_it()
    {
        Show(Card("a", 0));
        await BegunAsync();
        Show(Card("a", 0, incarnation: 2));
        await SettleAsync(_administrator);
        Tell("degraded");
        await SettleAsync(_administrator);
        Advance(Limit);
        Assert.Equal("stopped after 60 s of waiting: not every replica serves: m/0: why", (await ReportAsync()).Reason);
    }

    [Fact]
    public async Task Nothing_begins_while_a_replica_does_not_serve_or_another_order_runs()
    {
        Show(Card("a", 0));
        var order = OrderAsync();
        Tell("degraded");
        Assert.Equal("replica m/0 does not serve (why): help it first", (await order).Refusal);
        await SilentAsync(_administrator, _minder);
        await BegunAsync();
        Assert.Equal("a restart is running: wait for its end", (await OrderAsync("a")).Refusal);
    }

    [Fact]
    public async Task Node_is_drained_at_once_when_others_have_room_and_is_done_when_its_workers_are_gone()
    {
        var (serving, idle, spare) = (Card("a", 0, groupId: "m/0"), Card("a", 1), Card("b", 0));
        Show(serving, idle, spare);
        Assert.Null((await BegunAsync("a")).Refusal);
        Assert.Equal(("a drain was asked for", 0, true), await TakenOutAsync());
        Assert.Equal(("a drain was asked for", 1, true), await TakenOutAsync());
        Show(Gone(serving, "draining"), Gone(idle, "draining") with { Pid = 5 }, spare);
        await SettleAsync(_administrator);
        Tell();
        Assert.Equal("running", (await ReportAsync()).State);
        Show(Gone(serving, "draining"), Gone(idle, "draining"), spare);
        await SettleAsync(_administrator);
        Tell();
        Assert.Equal(("done", "a is drained"), await ReportAsync() is var report ? (report.State, report.Reason) : default);
    }

    [Theory]
    [InlineData("a", "1 cards of a serve and 0 cards of other nodes are free; start more nodes, or spares, first")]
    [InlineData("c", "there is no node `c` with cards; there are a, b")]
    public async Task Drain_without_room_or_node_is_refused_before_anything_is_taken_out(string node, string reason)
    {
        Show(Card("a", 0, groupId: "m/0"), Card("b", 0, groupId: "m/0"));
        Assert.Equal(reason, (await BegunAsync(node)).Refusal);
        await SilentAsync(_administrator, _minder);
    }
}
