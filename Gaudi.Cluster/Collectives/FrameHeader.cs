using System.Buffers.Binary;
using Gaudi.Hpu.Collectives;

namespace Gaudi.Cluster.Collectives;

/// <summary>What goes before each chunk of bytes. The receiver knows every field in advance and compares them all.</summary>
/// <param name="Epoch">The group's.</param>
/// <param name="Sequence">The number of the call, from 1.</param>
/// <param name="Call">What the sender called.</param>
/// <param name="Offset">Where in the sender's bytes the chunk begins.</param>
/// <param name="FromRank">The sender.</param>
/// <param name="PayloadBytes">How many bytes follow.</param>
internal readonly record struct FrameHeader(
    long Epoch, long Sequence, CollectiveCall Call, long Offset, int FromRank, int PayloadBytes)
{
    /// <summary>Length of a header. Unit: bytes.</summary>
    public const int HeaderBytes = 48;

    private const int LengthBytes = 4;
    private const uint Magic = 0x31464447; // "GDF1"

    /// <summary>
    /// Writes the header, little-endian: length of the rest, magic, epoch, sequence, bytes, offset, root, operation, rank.
    /// </summary>
    public void Write(Span<byte> target)
    {
        BinaryPrimitives.WriteInt32LittleEndian(target, HeaderBytes - LengthBytes + PayloadBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(target[4..], Magic);
        BinaryPrimitives.WriteInt64LittleEndian(target[8..], Epoch);
        BinaryPrimitives.WriteInt64LittleEndian(target[16..], Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(target[24..], Call.Bytes);
        BinaryPrimitives.WriteInt64LittleEndian(target[32..], Offset);
        BinaryPrimitives.WriteInt32LittleEndian(target[40..], Call.Root);
        BinaryPrimitives.WriteUInt16LittleEndian(target[44..], (ushort)Call.Operation);
        BinaryPrimitives.WriteUInt16LittleEndian(target[46..], (ushort)FromRank);
    }

    /// <summary>Reads what a peer sent and compares it with what it had to send.</summary>
    /// <param name="source">A whole header.</param>
    /// <param name="expected">From this peer, if it calls what this rank calls.</param>
    /// <param name="ownRank">This rank.</param>
    /// <exception cref="CollectiveMismatchException">The peer called something else.</exception>
    /// <exception cref="LostPeerException">The bytes are not the frame that comes next.</exception>
    public static void Check(ReadOnlySpan<byte> source, FrameHeader expected, int ownRank)
    {
        Span<byte> expectedBytes = stackalloc byte[HeaderBytes];
        expected.Write(expectedBytes);
        if (source[..HeaderBytes].SequenceEqual(expectedBytes))
            return;
        var magic = BinaryPrimitives.ReadUInt32LittleEndian(source[4..]);
        if (magic != Magic)
            throw new LostPeerException($"expected a frame from rank {expected.FromRank}, came bytes that begin {magic:x8}");
        var operation = BinaryPrimitives.ReadUInt16LittleEndian(source[44..]);
        var came = new FrameHeader(
            BinaryPrimitives.ReadInt64LittleEndian(source[8..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[16..]),
            new CollectiveCall(
                (CollectiveOperation)(operation <= byte.MaxValue ? operation : 0),
                BinaryPrimitives.ReadInt64LittleEndian(source[24..]),
                BinaryPrimitives.ReadInt32LittleEndian(source[40..])),
            BinaryPrimitives.ReadInt64LittleEndian(source[32..]),
            BinaryPrimitives.ReadUInt16LittleEndian(source[46..]),
            BinaryPrimitives.ReadInt32LittleEndian(source) - (HeaderBytes - LengthBytes));
        if (came.Epoch == expected.Epoch && came.Sequence == expected.Sequence && came.FromRank == expected.FromRank
            && came.Call != expected.Call && Enum.IsDefined(came.Call.Operation))
        {
            throw new CollectiveMismatchException(
                expected.Epoch, expected.Sequence, ownRank, expected.Call, came.FromRank, came.Call);
        }
        throw new LostPeerException($"expected {expected.Text()} from rank {expected.FromRank}, came {came.Text()}");
    }

    private string Text() =>
        $"epoch {Epoch}, call {Sequence} ({Call}), rank {FromRank}, {PayloadBytes} bytes at {Offset}";
}
