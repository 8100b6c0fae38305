using System.Buffers.Binary;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Gaudi.Cluster.Collectives;

/// <summary>
/// Hello, answer, proof: both sides show that they know the group's token, and it does not travel. The answer and the proof
/// are HMAC-SHA256 under the token over the hello and the answering side's nonce, each with its own label.
/// </summary>
internal static class Handshake
{
    private const int ProofBytes = HMACSHA256.HashSizeInBytes;
    private const int ReasonBytesMax = 1024;
    private const byte Accepted = 1;
    private const byte Refused = 0;
    private const byte AnswerLabel = (byte)'A';
    private const byte ProofLabel = (byte)'P';

    /// <summary>The dialing side; blocks until the other side's rank is there.</summary>
    /// <exception cref="RefusedException">The peer does not want this connection, or knows another token.</exception>
    /// <exception cref="LostPeerException">The connection ended.</exception>
    public static void Dial(Socket socket, Hello hello, string token)
    {
        SendAll(socket, hello.Bytes);
        var verdict = new byte[1];
        ReceiveExactly(socket, verdict);
        if (verdict[0] != Accepted)
            throw new RefusedException(ReceiveReason(socket));
        var answer = new byte[Hello.NonceBytes + ProofBytes];
        ReceiveExactly(socket, answer);
        var nonce = answer.AsSpan(0, Hello.NonceBytes);
        if (!CryptographicOperations.FixedTimeEquals(answer.AsSpan(Hello.NonceBytes), Sign(token, AnswerLabel, hello, nonce)))
            throw new RefusedException("it has another token for this group");
        SendAll(socket, Sign(token, ProofLabel, hello, nonce));
    }

    /// <summary>The answering side, after it has read the hello.</summary>
    /// <exception cref="RefusedException">The dialing side knows another token.</exception>
    /// <exception cref="LostPeerException">The connection ended.</exception>
    public static void Answer(Socket socket, Hello hello, string token)
    {
        var answer = new byte[1 + Hello.NonceBytes + ProofBytes];
        var nonce = answer.AsSpan(1, Hello.NonceBytes);
        answer[0] = Accepted;
        RandomNumberGenerator.Fill(nonce);
        Sign(token, AnswerLabel, hello, nonce).CopyTo(answer, 1 + Hello.NonceBytes);
        SendAll(socket, answer);
        var proof = new byte[ProofBytes];
        ReceiveExactly(socket, proof);
        if (!CryptographicOperations.FixedTimeEquals(proof, Sign(token, ProofLabel, hello, nonce)))
            throw new RefusedException("it has another token for this group");
    }

    /// <summary>Tells the dialing side why not.</summary>
    /// <exception cref="LostPeerException">The connection ended.</exception>
    public static void Refuse(Socket socket, string reason)
    {
        var text = Encoding.UTF8.GetBytes(reason).AsSpan();
        text = text[..Math.Min(text.Length, ReasonBytesMax)];
        var bytes = new byte[3 + text.Length];
        bytes[0] = Refused;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(1), (ushort)text.Length);
        text.CopyTo(bytes.AsSpan(3));
        SendAll(socket, bytes);
    }

    /// <summary>Fills the target; blocks.</summary>
    /// <exception cref="LostPeerException">The connection ended first.</exception>
    public static void ReceiveExactly(Socket socket, Span<byte> target)
    {
        try
        {
            while (!target.IsEmpty)
            {
                var bytes = socket.Receive(target);
                if (bytes == 0)
                    throw new LostPeerException("the connection was closed");
                target = target[bytes..];
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            throw new LostPeerException(error.Message);
        }
    }

    private static void SendAll(Socket socket, ReadOnlySpan<byte> bytes)
    {
        try
        {
            while (!bytes.IsEmpty)
                bytes = bytes[socket.Send(bytes)..];
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            throw new LostPeerException(error.Message);
        }
    }

    private static string ReceiveReason(Socket socket)
    {
        var length = new byte[2];
        ReceiveExactly(socket, length);
        var text = new byte[Math.Min(BinaryPrimitives.ReadUInt16LittleEndian(length), (ushort)ReasonBytesMax)];
        ReceiveExactly(socket, text);
        return Encoding.UTF8.GetString(text);
    }

    private static byte[] Sign(string token, byte label, Hello hello, ReadOnlySpan<byte> nonce)
    {
        byte[] signed = [label, .. hello.Bytes, .. nonce];
        return HMACSHA256.HashData(Encoding.UTF8.GetBytes(token), signed);
    }
}
