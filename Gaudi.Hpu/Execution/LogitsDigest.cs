using System.Runtime.InteropServices;

namespace Gaudi.Hpu.Execution;

/// <summary>
/// A 64-bit hash of the bits of logits: FNV-1a over 32-bit words. Equal bits give equal digests, on any machine.
/// </summary>
internal static class LogitsDigest
{
    /// <summary>The digest of nothing.</summary>
    public const ulong Empty = 14695981039346656037;

    private const ulong Prime = 1099511628211;

    /// <summary>Goes on over one row.</summary>
    public static ulong Add(ulong digest, ReadOnlySpan<float> logits)
    {
        foreach (var word in MemoryMarshal.Cast<float, uint>(logits))
            digest = (digest ^ word) * Prime;
        return digest;
    }

    /// <summary>Goes on over the digest of a part.</summary>
    public static ulong Add(ulong digest, ulong part) => (digest ^ part) * Prime;
}
