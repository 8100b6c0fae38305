namespace Gaudi.Hpu.Collectives;

/// <summary>A region of memory cut into blocks of equal length, numbered from 0.</summary>
/// <param name="BaseAddress">Of the first byte, in the owner's address space.</param>
/// <param name="BlockBytes">Bytes of one block.</param>
/// <param name="BlockCount">Blocks.</param>
public readonly record struct BlockRegion(long BaseAddress, long BlockBytes, int BlockCount)
{
    /// <summary>All of it.</summary>
    public MemorySpan All => new(BaseAddress, BlockBytes * BlockCount);

    /// <summary>The descriptor of some neighbouring blocks: base + first * length, for count * length.</summary>
    /// <param name="first">The first block.</param>
    /// <param name="count">How many; at least one.</param>
    /// <exception cref="InvariantBrokenException">They are not all in the region.</exception>
    public MemorySpan Blocks(int first, int count)
    {
        Invariant.That(
            first >= 0 && count > 0 && first <= BlockCount - count, $"blocks {first} to {first + count} of {BlockCount}");
        return new MemorySpan(BaseAddress + (first * BlockBytes), count * BlockBytes);
    }
}
