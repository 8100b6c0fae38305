using System.Buffers.Binary;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Gaudi.Hpu;

namespace Gaudi.Cluster.Collectives;

/// <summary>The first bytes a dialing rank sends: which group, which epoch, who to whom.</summary>
/// <param name="GroupId">The group.</param>
/// <param name="Epoch">Its epoch.</param>
/// <param name="FromRank">The dialing rank; higher than the one dialed.</param>
/// <param name="ToRank">The rank that is expected to answer.</param>
/// <param name="WorldSize">How many ranks the dialing one believes in.</param>
/// <param name="Bytes">As sent, with the dialing rank's nonce: both sides' proofs cover them.</param>
internal sealed record Hello(string GroupId, long Epoch, int FromRank, int ToRank, int WorldSize, byte[] Bytes)
{
    /// <summary>Longest group id. Unit: UTF-8 bytes.</summary>
    public const int GroupIdBytesMax = 256;

    /// <summary>Random bytes of each side, so that no proof is of use twice.</summary>
    public const int NonceBytes = 16;

    private const uint Magic = 0x31484447; // "GDH1"
    private const int FixedBytes = 42;

    /// <summary>A new hello with a new nonce.</summary>
    public static Hello Create(string groupId, long epoch, int fromRank, int toRank, int worldSize)
    {
        var id = Encoding.UTF8.GetBytes(groupId);
        Invariant.That(id.Length <= GroupIdBytesMax, $"group id of {id.Length} bytes");
        var bytes = new byte[FixedBytes + id.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(4), (ushort)id.Length);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(6), epoch);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(14), fromRank);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(18), toRank);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(22), worldSize);
        RandomNumberGenerator.Fill(bytes.AsSpan(26, NonceBytes));
        id.CopyTo(bytes, FixedBytes);
        return new Hello(groupId, epoch, fromRank, toRank, worldSize, bytes);
    }

    /// <summary>Reads one from a new connection; blocks.</summary>
    /// <exception cref="LostPeerException">The connection ended, or speaks something else.</exception>
    public static Hello Receive(Socket socket)
    {
        var head = new byte[FixedBytes];
        Handshake.ReceiveExactly(socket, head);
        var idBytes = BinaryPrimitives.ReadUInt16LittleEndian(head.AsSpan(4));
        if (BinaryPrimitives.ReadUInt32LittleEndian(head) != Magic || idBytes > GroupIdBytesMax)
            throw new LostPeerException("expected a hello of a collective's rank, came other bytes");
        var bytes = new byte[FixedBytes + idBytes];
        head.CopyTo(bytes, 0);
        Handshake.ReceiveExactly(socket, bytes.AsSpan(FixedBytes));
        return new Hello(
            Encoding.UTF8.GetString(bytes.AsSpan(FixedBytes)),
            BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(6)),
            BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(14)),
            BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(18)),
            BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(22)),
            bytes);
    }
}
