namespace Gaudi.Cluster.Node;

/// <summary>A node cannot start, by the world's fault.</summary>
/// <param name="message">One sentence: what was expected, what came, what to do.</param>
internal sealed class NodeStartException(string message) : Exception(message);
