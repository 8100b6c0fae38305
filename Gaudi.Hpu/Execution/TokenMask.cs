using System.Collections.Immutable;

namespace Gaudi.Hpu.Execution;

/// <summary>The tokens that may be drawn at one place: one bit a token, ascending from bit 0 of the first word.</summary>
/// <param name="Words">A token behind the last word is not allowed.</param>
/// <remarks>Two masks are equal only when they share their words.</remarks>
public sealed record TokenMask(ImmutableArray<ulong> Words)
{
    /// <summary>Whether a token may be drawn.</summary>
    public bool Allows(int tokenId) =>
        (uint)tokenId >> 6 < (uint)Words.Length && (Words[tokenId >> 6] >> (tokenId & 63) & 1) != 0;
}
