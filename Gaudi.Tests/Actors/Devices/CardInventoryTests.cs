using System.Collections.Immutable;
using Akka.Actor;
using Akka.TestKit;
using Gaudi.Actors.Devices;
using Gaudi.Actors.Protocols;
using Xunit;

namespace Gaudi.Tests.Actors.Devices;

public sealed class CardInventoryTests : ActorTests
{
    private readonly TestProbe _watcher;
    private readonly IActorRef _inventory;

    private static readonly TimeSpan Repeat = TimeSpan.FromSeconds(1);

    public CardInventoryTests() : base(VirtualTime)
    {
        _watcher = CreateTestProbe();
        _inventory = Sys.ActorOf(Props.Create(() => new CardInventory("b", Repeat)));
        _inventory.Tell(new WatchInventory(_watcher));
        _watcher.ExpectMsg<InventoryChanged>();
    }

    private async Task<string[]> NamesAsync() =>
        [.. (await _watcher.ExpectMsgAsync<InventoryChanged>()).Cards.Select(card => card.Name)];

    private static PeersChanged Peers(params (string Node, IActorRef Inventory)[] peers) =>
        new(peers.ToImmutableSortedDictionary(peer => peer.Node, ICanTell (peer) => peer.Inventory));

    [Fact]
    public async Task Cards_of_all_nodes_are_one_sorted_list()
    {
        var peer = CreateTestProbe();
        _inventory.Tell(new LocalCardsChanged([Given.Card("b", 0, null), Given.Card("b", 1, null)]));
        Assert.Equal(["b card 0", "b card 1"], await NamesAsync());
        _inventory.Tell(new PublishCards("a", 1, [Given.Card("a", 0, null)], peer));
        Assert.Equal(["a card 0", "b card 0", "b card 1"], await NamesAsync());
    }

    [Fact]
    public async Task Withheld_cards_are_shown_with_the_reason_and_no_group_may_use_them_until_that_ends()
    {
        var worker = CreateTestProbe();
        _inventory.Tell(new LocalCardsChanged([Given.Card("b", 0, worker)]));
        Assert.True((await _watcher.ExpectMsgAsync<InventoryChanged>()).Cards[0].IsReady);
        _inventory.Tell(new WithholdCards("no majority"));
        var card = (await _watcher.ExpectMsgAsync<InventoryChanged>()).Cards[0];
        Assert.Equal((false, "withheld", "no majority"), (card.IsReady, card.State, card.Reason));
        _inventory.Tell(new WithholdCards(null));
        Assert.True((await _watcher.ExpectMsgAsync<InventoryChanged>()).Cards[0].IsReady);
    }

    [Fact]
    public async Task Node_heard_of_for_the_first_time_is_told_our_cards()
    {
        var peer = CreateTestProbe();
        _inventory.Tell(new LocalCardsChanged([Given.Card("b", 0, null)]));
        _inventory.Tell(new PublishCards("a", 1, [], peer));
        Assert.Equal("b", (await peer.ExpectMsgAsync<PublishCards>()).Node);
        _inventory.Tell(new PublishCards("a", 2, [], peer));
        await SilentAsync(_inventory, peer);
    }

    [Fact]
    public async Task Older_news_is_dropped_unless_the_node_was_started_again()
    {
        var (old, fresh) = (CreateTestProbe(), CreateTestProbe());
        _inventory.Tell(new PublishCards("a", 5, [Given.Card("a", 0, null), Given.Card("a", 1, null)], old));
        Assert.Equal(2, (await NamesAsync()).Length);
        _inventory.Tell(new PublishCards("a", 4, [], old));
        await SilentAsync(_inventory, _watcher);
        _inventory.Tell(new PublishCards("a", 1, [Given.Card("a", 0, null)], fresh));
        Assert.Equal(["a card 0"], await NamesAsync());
    }

    [Fact]
    public async Task Node_that_is_gone_is_forgotten_and_every_peer_hears_our_changes()
    {
        var peer = CreateTestProbe();
        _inventory.Tell(new PublishCards("a", 1, [Given.Card("a", 0, null)], peer));
        Assert.Equal(["a card 0"], await NamesAsync());
        _inventory.Tell(Peers(("a", peer)));
        Assert.Equal(["a card 0"], await NamesAsync());
        _inventory.Tell(new LocalCardsChanged([Given.Card("b", 0, null)]));
        Assert.Equal(1, (await peer.ExpectMsgAsync<PublishCards>()).Version);
        Assert.Equal(2, (await NamesAsync()).Length);
        _inventory.Tell(Peers());
        Assert.Equal(["b card 0"], await NamesAsync());
        _inventory.Tell(new PublishCards("a", 2, [Given.Card("a", 1, null)], peer));
        await SilentAsync(_inventory, _watcher);
        _inventory.Tell(Peers(("a", peer)));
        Assert.Equal(["b card 0"], await NamesAsync()); // Perhaps another process, at the address of a dead one.
        _inventory.Tell(new PublishCards("a", 2, [Given.Card("a", 1, null)], peer));
        Assert.Equal(["a card 1", "b card 0"], await NamesAsync());
    }

    [Fact]
    public async Task Peers_are_told_again_in_turn_because_a_word_may_be_lost()
    {
        var (first, second) = (CreateTestProbe(), CreateTestProbe());
        _inventory.Tell(new LocalCardsChanged([Given.Card("b", 0, null)]));
        _inventory.Tell(Peers(("a", first), ("c", second)));
        await first.ExpectMsgAsync<PublishCards>();
        await second.ExpectMsgAsync<PublishCards>();
        await SettleAsync(_inventory);
        await SilentAsync(_inventory, first, second);
        foreach (var peer in new[] { first, second, first })
        {
            Advance(Repeat);
            Assert.Equal(1, (await peer.ExpectMsgAsync<PublishCards>()).Version);
            await SilentAsync(_inventory, first, second);
        }
    }
}
