namespace Gaudi.Cluster.Collectives;

/// <summary>The other side is there and does not want this connection: trying again would not help. Never leaves this folder.</summary>
internal sealed class RefusedException(string message) : Exception(message);
