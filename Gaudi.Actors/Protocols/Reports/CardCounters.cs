namespace Gaudi.Actors.Protocols.Reports;

/// <summary>What a card's workers have come to.</summary>
/// <param name="Node">By address.</param>
/// <param name="Card">Index on the node.</param>
/// <param name="RestartCount">Starts after the first.</param>
/// <param name="StaleMessageCount">Messages of another epoch that the worker that runs now has dropped.</param>
public readonly record struct CardCounters(string Node, int Card, long RestartCount, long StaleMessageCount);
