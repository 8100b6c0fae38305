using System.Collections.Immutable;
using Akka.Actor;
using Gaudi.Actors.Protocols;

namespace Gaudi.Actors.Devices;

/// <summary>
/// The cards of the cluster as this node knows them: its own from the device supervisor, those of others from their
/// inventories. Soft state: a node that is gone is forgotten, one that is back publishes again. Changes that are in its mailbox
/// together are told together: where many nodes start at once, each would otherwise tell each of each card.
/// </summary>
public sealed class CardInventory : ReceiveActor, IWithTimers
{
    private readonly TimeSpan _repeat;
    private int _nextPeer;
    private readonly string _node;
    private readonly SortedDictionary<string, PublishCards> _nodes = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, PublishCards> _gone = new(StringComparer.Ordinal);
    private readonly List<IActorRef> _watchers = [];
    private ImmutableSortedDictionary<string, ICanTell> _peers = ImmutableSortedDictionary<string, ICanTell>.Empty;
    private readonly CardList _cards = new();
    private long _version;
    private string? _withheld;
    private bool _isTelling;
    private bool _hasOwnNews;

    /// <summary>Starts without cards.</summary>
    /// <param name="node">This node's address.</param>
    /// <param name="repeat">Between two words to one peer after another, which may have missed the last.</param>
    public CardInventory(string node, TimeSpan repeat)
    {
        (_node, _repeat) = (node, repeat);
        Receive<Repeat>(_ =>
        {
            if (_peers.Count > 0 && _nodes.TryGetValue(_node, out var mine))
                _peers.Values.ElementAt(_nextPeer++ % _peers.Count).Tell(mine, Self);
        });
        Receive<LocalCardsChanged>(local =>
        {
            Put(new PublishCards(_node, ++_version, local.Cards, Self));
            _hasOwnNews = true;
            Tell();
        });
        Receive<TellNow>(_ => TellAll());
        Receive<PublishCards>(Learn);
        Receive<PeersChanged>(Meet);
        Receive<WithholdCards>(withhold =>
        {
            _withheld = withhold.Reason;
            Tell();
        });
        Receive<WatchInventory>(watch =>
        {
            if (!_watchers.Contains(watch.Watcher))
                _watchers.Add(Context.Watch(watch.Watcher));
            watch.Watcher.Tell(All());
        });
        Receive<Terminated>(gone => _watchers.Remove(gone.ActorRef));
    }

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    /// <inheritdoc />
    protected override void PreStart() => Timers.StartPeriodicTimer(nameof(Repeat), new Repeat(), _repeat);

    private void Learn(PublishCards published)
    {
        if (published.Node == _node)
            return;
        if (_gone.TryGetValue(published.Node, out var last) && last.Inventory.Equals(published.Inventory))
        {
            return; // A late word of a node that is gone does not bring its cards back.
        }
        _gone.Remove(published.Node);
        var known = _nodes.GetValueOrDefault(published.Node);
        var isNew = known is null || !known.Inventory.Equals(published.Inventory);
        if (known is not null && known.Inventory.Equals(published.Inventory) && published.Version <= known.Version)
            return;
        Put(published);
        // Whoever we hear of for the first time may have missed ours.
        if (isNew && _nodes.TryGetValue(_node, out var mine))
            published.Inventory.Tell(mine);
        Tell();
    }

    private void Meet(PeersChanged change)
    {
        _peers = change.Inventories;
        _cards.Reset();
        foreach (var node in _nodes.Keys.Where(node => node != _node && !_peers.ContainsKey(node)).ToList())
        {
            _gone[node] = _nodes[node];
            _nodes.Remove(node);
        }
        // A node that is back tells its cards itself: it may be another process at the address of a dead one.
        foreach (var node in _gone.Keys.Where(_peers.ContainsKey).ToList())
            _gone.Remove(node);
        if (_nodes.TryGetValue(_node, out var mine))
            foreach (var peer in _peers.Values)
                peer.Tell(mine, Self);
        Tell();
    }

    // What has come meanwhile is in the mailbox before this.
    private void Tell()
    {
        if (!_isTelling)
            Self.Tell(new TellNow());
        _isTelling = true;
    }

    private void TellAll()
    {
        _isTelling = false;
        if (_hasOwnNews)
            foreach (var peer in _peers.Values)
                peer.Tell(_nodes[_node], Self);
        _hasOwnNews = false;
        var all = All();
        foreach (var watcher in _watchers)
            watcher.Tell(all);
    }

    private void Put(PublishCards published)
    {
        if (_nodes.TryGetValue(published.Node, out var before) && before.Cards.Length == published.Cards.Length)
            _cards.Change(published.Node);
        else
            _cards.Reset();
        _nodes[published.Node] = published;
    }

    private InventoryChanged All()
    {
        var cards = _cards.Of(_nodes.Values);
        return new InventoryChanged(_withheld is null ? cards : [.. cards.Select(Shown)]);
    }

    private CardOffer Shown(CardOffer card) => card with { State = CardOffer.Withheld, Reason = _withheld!, Worker = null };

    private sealed record Repeat : ILocalMessage;

    private sealed record TellNow : ILocalMessage;
}
