using System.Collections.Immutable;
using Akka.Actor;

namespace Gaudi.Actors.Protocols;

/// <summary>One card of one node, as its node sees it.</summary>
/// <param name="Node">The node's address, such as 127.0.0.1:4053.</param>
/// <param name="CardIndex">On that node, from 0.</param>
/// <param name="State">starting, ready, restarting, draining, failed, quarantined or withheld.</param>
/// <param name="Reason">Why it is not ready; empty when it is.</param>
/// <param name="Pid">Of its worker; null when none runs.</param>
/// <param name="Generation">Lower case; empty until the worker is ready.</param>
/// <param name="IsSimulated">True when libtorch on the CPU stands in.</param>
/// <param name="MemoryBytes">What its ledger may give out; 0 until the worker is ready.</param>
/// <param name="Digest">Of its op registry; empty until the worker is ready.</param>
/// <param name="RegistryLines">What the digest is of.</param>
/// <param name="Endpoint">Of its collective lane.</param>
/// <param name="Worker">Null until the worker is ready.</param>
public sealed record CardOffer(
    string Node, int CardIndex, string State, string Reason, int? Pid, string Generation, bool IsSimulated, long MemoryBytes,
    string Digest, ImmutableArray<string> RegistryLines, string Endpoint, IActorRef? Worker)
{
    /// <summary>The state of a card whose worker is not started again.</summary>
    public const string Quarantined = "quarantined";

    /// <summary>The state of a card whose worker is stopped and started again on purpose.</summary>
    public const string Restarting = "restarting";

    /// <summary>The state of a card whose worker is stopped on purpose and not started again.</summary>
    public const string Draining = "draining";

    /// <summary>The state of a card that its node shows to nobody, because it does not reach most nodes.</summary>
    public const string Withheld = "withheld";

    /// <summary>The group that has the card; null when it is free.</summary>
    public string? GroupId { get; init; }

    /// <summary>The weights its worker has in memory, its group's or its last one's; null for none.</summary>
    public LoadedSlice? Loaded { get; init; }

    /// <summary>Starts of its worker so far.</summary>
    public long Incarnation { get; init; }

    /// <summary>Who minds its worker, and kills one that hangs; null where nobody does.</summary>
    public IActorRef? Minder { get; init; }

    /// <summary>How its worker ended the last time; empty when it never did.</summary>
    public string LastExit { get; init; } = "";

    /// <summary>True when its node has taken it out of use on purpose: it restarts, or its node drains.</summary>
    public bool IsTakenOut => State is Restarting or Draining;

    /// <summary>True when its worker can be used: by <see cref="GroupId"/> alone, where one has it.</summary>
    public bool IsReady => Worker is not null;

    /// <summary>For people: `127.0.0.1:4053 card 0`.</summary>
    public string Name => $"{Node} card {CardIndex}";
}

/// <summary>Weights that a worker keeps: the group that asks for the same again has them without loading.</summary>
/// <param name="GroupId">Whose.</param>
/// <param name="Rank">Which slice.</param>
/// <param name="Epoch">The newest in which it was joined.</param>
public sealed record LoadedSlice(string GroupId, int Rank, long Epoch);

/// <summary>A node's cards, whole, from its inventory to every other inventory.</summary>
/// <param name="Node">Whose cards.</param>
/// <param name="Version">Grows with every change; an older one is dropped.</param>
/// <param name="Cards">By index.</param>
/// <param name="Inventory">The sender, which wants the receiver's cards when it does not know them.</param>
public sealed record PublishCards(
    string Node, long Version, ImmutableArray<CardOffer> Cards, IActorRef Inventory) : IWireMessage;

/// <summary>The cards of this node have changed.</summary>
public sealed record LocalCardsChanged(ImmutableArray<CardOffer> Cards) : ILocalMessage;

/// <summary>Nodes that are reachable now; cards of others are forgotten.</summary>
/// <param name="Inventories">The inventory of every other node, by node address.</param>
public sealed record PeersChanged(ImmutableSortedDictionary<string, ICanTell> Inventories) : ILocalMessage;

/// <summary>Shows no card as ready, so that no group of this node runs; null ends that.</summary>
public sealed record WithholdCards(string? Reason) : ILocalMessage;

/// <summary>Asks for the cards of the cluster now and at every change.</summary>
public sealed record WatchInventory(IActorRef Watcher) : ILocalMessage;

/// <summary>Every card of the cluster, sorted by node and index.</summary>
public sealed record InventoryChanged(ImmutableArray<CardOffer> Cards) : ILocalMessage;
