namespace Gaudi.Cluster.Http;

/// <summary>
/// The server cannot listen where it was told to. The message is one sentence: what was wanted, what came, what to do.
/// </summary>
public sealed class HttpServerStartException(string message, Exception? inner = null) : Exception(message, inner);
