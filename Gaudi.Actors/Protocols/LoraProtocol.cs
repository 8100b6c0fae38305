using Akka.Actor;
using Gaudi.Hpu.Models.Lora;

namespace Gaudi.Actors.Protocols;

/// <summary>Loads an adapter on a rank, between two steps.</summary>
/// <param name="GroupId">Which group.</param>
/// <param name="Epoch">Which epoch.</param>
/// <param name="Adapter">Its folder is the same on every node.</param>
/// <param name="ReplyTo">Who gathers the ranks' answers.</param>
public sealed record LoadLora(string GroupId, long Epoch, LoraAdapter Adapter, IActorRef ReplyTo) : IGroupMessage;

/// <summary>A rank has loaded an adapter, or says why it cannot.</summary>
/// <param name="GroupId">Which group.</param>
/// <param name="Epoch">Which epoch.</param>
/// <param name="Rank">Which rank.</param>
/// <param name="LoraId">Of the adapter.</param>
/// <param name="Refusal">What was expected, what came; null when it is loaded.</param>
public sealed record LoraLoaded(string GroupId, long Epoch, int Rank, string LoraId, string? Refusal) : IGroupMessage;

/// <summary>Forgets an adapter on a rank: no step will name it.</summary>
public sealed record DropLora(string GroupId, long Epoch, string LoraId) : IGroupMessage;

/// <summary>An adapter that a new rank was to load and could not.</summary>
/// <param name="LoraId">Of the adapter.</param>
/// <param name="Reason">What was expected, what came.</param>
public sealed record LoraRefusal(string LoraId, string Reason);

/// <summary>Loads an adapter on every rank of a replica. One that is loaded already is answered at once.</summary>
/// <param name="ReplicaId">Which replica.</param>
/// <param name="Adapter">What to load.</param>
/// <param name="ReplyTo">Hears <see cref="AdapterLoaded"/>.</param>
public sealed record LoadAdapter(string ReplicaId, LoraAdapter Adapter, IActorRef ReplyTo) : IReplicaMessage;

/// <summary>A replica has an adapter on every rank, or says why not.</summary>
/// <param name="LoraId">Of the adapter.</param>
/// <param name="Refusal">Null when requests may name it.</param>
/// <param name="IsUnavailable">True where nothing is wrong with the adapter: no group serves now.</param>
public sealed record AdapterLoaded(string LoraId, string? Refusal, bool IsUnavailable) : IWireMessage;

/// <summary>
/// Takes an adapter from a replica: choices that were accepted run to their end, later ones are refused, and the ranks forget it
/// after the last.
/// </summary>
public sealed record UnloadAdapter(string ReplicaId, string LoraId, IActorRef ReplyTo) : IReplicaMessage;

/// <summary>No further choice of this adapter will be accepted.</summary>
public sealed record AdapterUnloaded(string LoraId) : IWireMessage;
