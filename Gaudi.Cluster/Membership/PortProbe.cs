using System.Net.Sockets;

namespace Gaudi.Cluster.Membership;

/// <summary>Looks whether a member's port is listened on: connects, says nothing, and closes. Any thread.</summary>
internal static class PortProbe
{
    /// <summary>Never throws for what the network does.</summary>
    /// <param name="host">A name or an address.</param>
    /// <param name="port">1 to 65535.</param>
    /// <param name="limit">After this it counts as silent.</param>
    internal static async Task<PortState> LookAsync(string host, int port, TimeSpan limit)
    {
        using var timeout = new CancellationTokenSource(limit);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(host, port, timeout.Token).ConfigureAwait(false);
            return PortState.Listening;
        }
        catch (SocketException refused)
        {
            return refused.SocketErrorCode == SocketError.ConnectionRefused ? PortState.Refused : PortState.Silent;
        }
        catch (OperationCanceledException)
        {
            return PortState.Silent;
        }
    }
}
