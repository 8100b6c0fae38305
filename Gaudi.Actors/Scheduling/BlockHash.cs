using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Gaudi.Actors.Scheduling;

/// <summary>SHA-256 of a KV block's content and of everything before it: equal hashes, equal keys and values.</summary>
public readonly record struct BlockHash(ulong First, ulong Second, ulong Third, ulong Fourth)
{
    /// <summary>Bytes of a hash.</summary>
    internal const int ByteCount = 32;

    /// <summary>The hash of these bytes.</summary>
    internal static BlockHash Of(ReadOnlySpan<byte> content)
    {
        Span<byte> hash = stackalloc byte[ByteCount];
        SHA256.HashData(content, hash);
        return new BlockHash(
            BinaryPrimitives.ReadUInt64LittleEndian(hash), BinaryPrimitives.ReadUInt64LittleEndian(hash[8..]),
            BinaryPrimitives.ReadUInt64LittleEndian(hash[16..]), BinaryPrimitives.ReadUInt64LittleEndian(hash[24..]));
    }

    /// <summary>Writes the bytes <see cref="Of"/> read.</summary>
    internal void CopyTo(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, First);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], Second);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[16..], Third);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[24..], Fourth);
    }
}
