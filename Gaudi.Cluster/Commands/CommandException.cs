namespace Gaudi.Cluster.Commands;

/// <summary>A command cannot go on, by the world's fault.</summary>
/// <param name="message">One sentence: what was expected, what came, what to do.</param>
internal sealed class CommandException(string message) : Exception(message);
