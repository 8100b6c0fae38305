namespace Gaudi.Hpu.Collectives;

/// <summary>Neighbouring bytes in the memory of a rank's card: one transfer descriptor.</summary>
/// <param name="Address">Of the first byte, in the owner's address space.</param>
/// <param name="Bytes">How many; over 0.</param>
public readonly record struct MemorySpan(long Address, long Bytes)
{
    /// <summary>One past the last byte.</summary>
    public long End => Address + Bytes;
}
