using System.Net.Sockets;
using Gaudi.Hpu;
using Gaudi.Hpu.Collectives;

namespace Gaudi.Cluster.Collectives;

/// <summary>
/// The connection to one peer. The socket stays blocking and is never used asynchronously: that would cost a thread change
/// for every frame. Frames are sent and received by the rank's thread; <see cref="Reset"/> comes from any.
/// </summary>
internal sealed class PeerConnection(Socket socket, int rank) : IDisposable
{
    /// <summary>
    /// Bytes of a call that go in one frame. A rank sends its chunk to all before it reads theirs, which cannot deadlock while
    /// one frame fits into a connection's buffers: the rank furthest behind finds them empty.
    /// </summary>
    public const int ChunkBytes = 65_536;

    private const int BufferBytes = 4 * ChunkBytes; // The system may grant less; half of the common limit still fits a frame.

    private readonly byte[] _frame = new byte[FrameHeader.HeaderBytes + ChunkBytes];
    private FrameHeader _expected;
    private int _receivedBytes;

    /// <summary>The peer's rank.</summary>
    public int Rank { get; } = rank;

    /// <summary>For waiting on several at once.</summary>
    public Socket Socket { get; } = socket;

    /// <summary>The chunk that was received last, after <see cref="ReceiveSome"/> said that it is whole.</summary>
    public ReadOnlySpan<byte> Payload => _frame.AsSpan(FrameHeader.HeaderBytes, _expected.PayloadBytes);

    /// <summary>A socket as every connection here needs it: no waiting for more bytes, room for a frame.</summary>
    public static void Prepare(Socket socket)
    {
        socket.NoDelay = true;
        socket.SendBufferSize = BufferBytes;
        socket.ReceiveBufferSize = BufferBytes;
    }

    /// <summary>Sends a whole frame. A failure is kept quiet: what the peer sent before it left says more, and is read next.</summary>
    /// <returns>Whether it was sent.</returns>
    public bool TrySend(ReadOnlySpan<byte> frame)
    {
        try
        {
            while (!frame.IsEmpty)
                frame = frame[Socket.Send(frame)..];
            return true;
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>Prepares for the peer's next frame.</summary>
    public void Expect(FrameHeader expected)
    {
        Invariant.That(expected.PayloadBytes is >= 0 and <= ChunkBytes);
        _expected = expected;
        _receivedBytes = 0;
    }

    /// <summary>Receives once; blocks when nothing has come.</summary>
    /// <param name="ownRank">Named in the error.</param>
    /// <returns>Whether the frame is whole. Never a byte of the next frame is taken.</returns>
    /// <exception cref="LostPeerException">The connection ended, or the bytes are not the frame that comes next.</exception>
    /// <exception cref="CollectiveMismatchException">The peer called something else.</exception>
    public bool ReceiveSome(int ownRank)
    {
        var wasHeaderWhole = _receivedBytes >= FrameHeader.HeaderBytes;
        var frameBytes = FrameHeader.HeaderBytes + _expected.PayloadBytes;
        _receivedBytes += Receive(_frame.AsSpan(_receivedBytes, frameBytes - _receivedBytes));
        if (!wasHeaderWhole && _receivedBytes >= FrameHeader.HeaderBytes)
            FrameHeader.Check(_frame, _expected, ownRank);
        return _receivedBytes == frameBytes;
    }

    /// <summary>
    /// Resets the connection: whoever waits on it is woken, here and at the peer, also a peer that waits for others and has
    /// this rank's frame already. Any thread; repeatable.
    /// </summary>
    public void Reset()
    {
        try
        {
            Socket.LingerState = new LingerOption(enable: true, seconds: 0);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // It has ended already.
        }
        Socket.Dispose();
    }

    /// <summary>Closes the connection after what was sent: a peer that has this rank's frame may complete its call.</summary>
    public void Dispose() => Socket.Dispose();

    private int Receive(Span<byte> target)
    {
        try
        {
            var bytes = Socket.Receive(target);
            return bytes > 0 ? bytes : throw new LostPeerException($"rank {Rank} closed its connection");
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            throw new LostPeerException($"the connection to rank {Rank} broke: {error.Message}");
        }
    }
}
