using System.Net;

namespace Gaudi.Cluster.Collectives;

/// <summary>How a process takes part in collectives over sockets.</summary>
/// <param name="Address">Where it listens and where peers reach it: loopback, or this machine's address in the LAN; not "any".</param>
/// <param name="Port">0 lets the system choose.</param>
/// <param name="ConnectTimeout">How long a rank waits for its peers before it gives up.</param>
/// <param name="RetryDelay">How long a rank waits before it dials a peer again that did not answer.</param>
/// <param name="HandshakeTimeout">How long one side of a new connection may take to show who it is.</param>
/// <param name="AcceptRetryDelay">How long the listener waits after a connection that it could not take.</param>
public sealed record SocketCollectiveSettings(
    IPAddress Address, int Port, TimeSpan ConnectTimeout, TimeSpan RetryDelay, TimeSpan HandshakeTimeout,
    TimeSpan AcceptRetryDelay)
{
    /// <summary>An HTTP proxy that connects this process to its peers; null where it dials them itself. For tests of failures.</summary>
    public IPEndPoint? Proxy { get; init; }
}
