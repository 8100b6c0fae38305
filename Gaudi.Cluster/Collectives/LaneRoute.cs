using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gaudi.Cluster.Collectives;

/// <summary>How a rank reaches a peer: itself, or by a proxy that a test of failures may cut.</summary>
internal static class LaneRoute
{
    private const int AnswerBytesMax = 1024;

    /// <summary>Connects the socket to the peer; blocks.</summary>
    /// <param name="socket">Not connected yet.</param>
    /// <param name="peer">Where it listens.</param>
    /// <param name="proxy">Asked to CONNECT; null to dial the peer.</param>
    /// <exception cref="SocketException">Nobody listens there.</exception>
    /// <exception cref="LostPeerException">The proxy does not reach the peer.</exception>
    public static void Connect(Socket socket, IPEndPoint peer, IPEndPoint? proxy)
    {
        socket.Connect(proxy ?? peer);
        if (proxy is null)
            return;
        socket.Send(Encoding.ASCII.GetBytes($"CONNECT {peer} HTTP/1.1\r\nHost: {peer}\r\n\r\n"));
        var answer = ReadHead(socket);
        if (!answer.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal))
            throw new LostPeerException($"the proxy at {proxy} does not reach it: {answer.Split('\r')[0]}");
    }

    // Byte by byte: what follows the head is the peer's.
    private static string ReadHead(Socket socket)
    {
        var head = new StringBuilder();
        Span<byte> one = stackalloc byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            Handshake.ReceiveExactly(socket, one);
            head.Append((char)one[0]);
            if (head.Length > AnswerBytesMax)
                throw new LostPeerException("the proxy's answer has no end");
        }
        return head.ToString();
    }
}
