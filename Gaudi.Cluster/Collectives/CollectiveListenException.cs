namespace Gaudi.Cluster.Collectives;

/// <summary>The address for collectives cannot be listened at. The message names it, the reason and what to do.</summary>
public sealed class CollectiveListenException(string message, Exception? inner = null) : Exception(message, inner);
