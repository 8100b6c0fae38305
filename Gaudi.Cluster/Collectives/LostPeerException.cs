namespace Gaudi.Cluster.Collectives;

/// <summary>A connection cannot be used any more. Never leaves this folder: the group's epoch ends with its message.</summary>
internal sealed class LostPeerException(string message) : Exception(message);
