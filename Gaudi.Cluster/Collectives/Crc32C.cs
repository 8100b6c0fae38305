using System.Numerics;
using System.Runtime.InteropServices;

namespace Gaudi.Cluster.Collectives;

/// <summary>CRC-32C (Castagnoli), a running value over chunks: what iSCSI and ext4 use, and processors have an instruction for.</summary>
/// <remarks>Source: RFC 3720, appendix B.4. The value does not depend on how bytes are cut.</remarks>
internal static class Crc32C
{
    /// <summary>Before the first byte.</summary>
    public const uint Start = uint.MaxValue;

    /// <summary>Takes more bytes.</summary>
    public static uint Add(uint crc, ReadOnlySpan<byte> bytes)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words)
            crc = BitOperations.Crc32C(crc, word);
        foreach (var one in bytes[(words.Length * sizeof(ulong))..])
            crc = BitOperations.Crc32C(crc, one);
        return crc;
    }

    /// <summary>The value of all bytes so far.</summary>
    public static uint End(uint crc) => ~crc;
}
