using System.Net;
using System.Net.Sockets;
using Gaudi.Cluster.Collectives;
using Gaudi.Hpu.Collectives;
using Gaudi.Tests.Hpu.Collectives;

namespace Gaudi.Tests.Cluster.Collectives;

/// <summary>Rank 1 of a group of two that is only a socket: it gets in by the rules, and then sends what a test wants.</summary>
internal sealed class RawPeer : IDisposable
{
    private RawPeer(Socket socket, ICollective other)
    {
        Socket = socket;
        Other = other;
    }

    public Socket Socket { get; }

    /// <summary>Rank 0, a real one.</summary>
    public ICollective Other { get; }

    public static async Task<RawPeer> JoinAsync(SocketGroup group, long epoch)
    {
        group.Listen(2);
        var other = group.ConnectAsync(0, 2, epoch);
        var socket = Dial(group.Listeners[0].Endpoint);
        Handshake.Dial(socket, Hello.Create("group", epoch, 1, 0, 2), "secret");
        return new RawPeer(socket, await other);
    }

    public static Socket Dial(string endpoint)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(IPEndPoint.Parse(endpoint));
        return socket;
    }

    /// <summary>The frame that rank 0 waits for when it sums these values in its first call.</summary>
    public static byte[] Frame(long epoch, byte[] payload)
    {
        var frame = new byte[FrameHeader.HeaderBytes + payload.Length];
        Header(epoch, payload.Length).Write(frame);
        payload.CopyTo(frame, FrameHeader.HeaderBytes);
        return frame;
    }

    public static FrameHeader Header(long epoch, int payloadBytes) =>
        new(epoch, 1, new CollectiveCall(CollectiveOperation.AllReduceSum, payloadBytes, 0), 0, 1, payloadBytes);

    /// <summary>What rank 0 has after it summed ones with what this peer sends.</summary>
    public Task<float[]> SumAsync(int count) => RankThreads.Start(() =>
    {
        var values = new float[count];
        Array.Fill(values, 1);
        Other.AllReduceSum(values);
        return values;
    });

    public void Dispose()
    {
        Socket.Dispose();
        Other.Dispose();
    }
}
