namespace Gaudi.Cluster.Http;

/// <summary>An image that a client sent cannot be taken; the message says what was expected, and what came.</summary>
public sealed class ImageRefusedException(string message) : Exception(message);
