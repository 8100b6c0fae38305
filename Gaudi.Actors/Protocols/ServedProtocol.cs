using System.Collections.Immutable;
using Akka.Actor;

namespace Gaudi.Actors.Protocols;

/// <summary>Asks a node of a cluster what it serves, before one that joins serves beside it.</summary>
public sealed record GetServed(IActorRef ReplyTo) : IWireMessage;

/// <summary>What a node serves, and how.</summary>
/// <param name="Lines">`KEY = VALUE`, sorted: all that decides what an answer is. Nodes of one cluster have the same.</param>
/// <param name="IsMember">Whether it is in a cluster by now: then nobody else may start one.</param>
public sealed record ServedTold(ImmutableArray<string> Lines, bool IsMember) : IWireMessage;
