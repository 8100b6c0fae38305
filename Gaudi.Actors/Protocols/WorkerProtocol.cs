using System.Collections.Immutable;
using Akka.Actor;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Platforms;
using Gaudi.Hpu.Plugins;

namespace Gaudi.Actors.Protocols;

/// <summary>A worker's handshake with its node, sent until it is answered. A worker is usable from here on, never on MemberUp.</summary>
/// <param name="CardIndex">On its node, from 0.</param>
/// <param name="Incarnation">Which start of this card's worker speaks.</param>
/// <param name="Token">Known to the node and this worker alone.</param>
/// <param name="Pid">The process id.</param>
/// <param name="Generation">Of the card, lower case.</param>
/// <param name="IsSimulated">True when libtorch on the CPU stands in.</param>
/// <param name="MemoryBytes">What the card's ledger may give out.</param>
/// <param name="Digest">Of the sealed op registry.</param>
/// <param name="RegistryLines">What the digest is of, one line an op and a plugin, sorted: the material of a diff.</param>
/// <param name="Plugins">What became of every entry point in this process.</param>
/// <param name="Platform">How this process chose its platform.</param>
/// <param name="Endpoint">Where peers reach its collective lane.</param>
/// <param name="Worker">The device actor.</param>
public sealed record WorkerReady(
    int CardIndex, long Incarnation, string Token, int Pid, string Generation, bool IsSimulated, long MemoryBytes,
    string Digest, ImmutableArray<string> RegistryLines, ImmutableArray<PluginOutcome> Plugins, PlatformReport Platform,
    string Endpoint, IActorRef Worker) : IWireMessage;

/// <summary>The worker cannot be used: plugins or the card failed. It leaves after this.</summary>
public sealed record WorkerFailed(
    int CardIndex, long Incarnation, string Token, int Pid, string Reason, ImmutableArray<PluginOutcome> Plugins) : IWireMessage;

/// <summary>The node knows the worker now.</summary>
public sealed record WorkerAccepted(string Node) : IWireMessage;

/// <summary>The node does not take the worker: wrong token or an old incarnation. The worker leaves.</summary>
public sealed record WorkerRefused(string Reason) : IWireMessage;

/// <summary>A worker's word to its node whenever another group, or none, has its card. A group forms on free cards alone.</summary>
/// <param name="CardIndex">On its node, from 0.</param>
/// <param name="Incarnation">Which start of this card's worker speaks.</param>
/// <param name="Token">Known to the node and this worker alone.</param>
/// <param name="GroupId">The group that has it; null when it is free.</param>
/// <param name="Loaded">The weights it has in memory; null for none.</param>
public sealed record WorkerHeld(
    int CardIndex, long Incarnation, string Token, string? GroupId, LoadedSlice? Loaded) : IWireMessage;

/// <summary>From a group to a worker's node: it hangs, and is to be killed and started again.</summary>
/// <param name="CardIndex">On its node, from 0.</param>
/// <param name="Incarnation">Which start of the card's worker: another one is left alone.</param>
/// <param name="Reason">What it did not finish.</param>
public sealed record KillWorker(int CardIndex, long Incarnation, string Reason) : IWireMessage;

/// <summary>
/// To a worker's node: no group may have the card any more. When none has it, its worker is stopped: one that restarts is started
/// again at once and without cost, one that drains is not.
/// </summary>
/// <param name="CardIndex">On its node, from 0.</param>
/// <param name="Incarnation">Which start of the card's worker: another one is left alone.</param>
/// <param name="IsDrained">True where it is not to be started again.</param>
/// <param name="Reason">For people.</param>
public sealed record TakeOutCard(int CardIndex, long Incarnation, bool IsDrained, string Reason) : IWireMessage;

/// <summary>To a worker's node: a card that was taken out and whose worker was not stopped yet may be used again.</summary>
/// <param name="CardIndex">On its node, from 0.</param>
/// <param name="Incarnation">Which start of the card's worker.</param>
public sealed record PutBackCard(int CardIndex, long Incarnation) : IWireMessage;

/// <summary>From a worker to its node, at once: a connection of its lane broke, and not because somebody ended the epoch.</summary>
/// <param name="GroupId">Whose lane.</param>
/// <param name="Epoch">Of the group.</param>
/// <param name="Endpoints">Of the other ranks: one of them may be gone, with its node perhaps.</param>
public sealed record LaneBroke(string GroupId, long Epoch, ImmutableArray<string> Endpoints) : IWireMessage;

/// <summary>Asks a worker what it holds. Answered also while its rank is inside a step.</summary>
public sealed record GetWorkerReport(IActorRef ReplyTo) : IWireMessage;

/// <summary>What a worker holds now.</summary>
/// <param name="CardIndex">On its node, from 0.</param>
/// <param name="Pid">The process id.</param>
/// <param name="State">ready, preparing, prepared, serving.</param>
/// <param name="GroupId">Null when in no group.</param>
/// <param name="Rank">Null when in no group.</param>
/// <param name="Epoch">Null when in no group.</param>
/// <param name="UsedBytes">Under lease.</param>
/// <param name="WeightBytes">Of the rank's slice; 0 when nothing is loaded.</param>
/// <param name="CollectiveCount">Collective calls completed in this epoch.</param>
/// <param name="StaleMessageCount">Messages of an old epoch dropped so far.</param>
/// <param name="Digest">Of the sealed op registry.</param>
/// <param name="Ops">Every op with its call count.</param>
/// <param name="Plugins">What became of every entry point in this process.</param>
public sealed record WorkerReport(
    int CardIndex, int Pid, string State, string? GroupId, int? Rank, long? Epoch, long UsedBytes, long WeightBytes,
    long CollectiveCount, long StaleMessageCount, string Digest, ImmutableArray<OpReportRow> Ops,
    ImmutableArray<PluginOutcome> Plugins) : IWireMessage;
