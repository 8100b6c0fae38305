using System.Collections.Immutable;
using Akka.Actor;

namespace Gaudi.Actors.Protocols;

/// <summary>One card of one node, as its node sees it.</summary>
/// <param name="Node">The node's address, such as 127.0.0.1:4053.</param>
/// <param name="CardIndex">On that node, from 0.</param>
/// <param name="State">starting, ready, failed, quarantined or withheld.</param>
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
    /// <summary>True when a group may use it.</summary>
    public bool IsReady => Worker is not null;

    /// <summary>For people: `127.0.0.1:4053 card 0`.</summary>
    public string Name => $"{Node} card {CardIndex}";
}

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
