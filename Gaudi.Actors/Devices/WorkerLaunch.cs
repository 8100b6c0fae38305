using System.Collections.Immutable;

namespace Gaudi.Actors.Devices;

/// <summary>What a node starts for a card.</summary>
/// <param name="CardIndex">On this node, from 0.</param>
/// <param name="Incarnation">Counts the starts of this card's worker, from 1.</param>
/// <param name="Token">Known to the node and this worker alone: the handshake shows it.</param>
/// <param name="NodeRef">The full path of the node's actor the worker reports to.</param>
/// <param name="Environment">Added to the node's own environment.</param>
public sealed record WorkerLaunch(
    int CardIndex, long Incarnation, string Token, string NodeRef, ImmutableDictionary<string, string> Environment);
