using System.Collections.Immutable;

namespace Gaudi.Hpu.Collectives;

/// <summary>The least that is read whole or not at all: descriptors here and there, pairwise of equal lengths.</summary>
/// <param name="Local">Where the bytes go.</param>
/// <param name="Remote">Where they lie at the peer.</param>
public sealed record TransferPart(ImmutableArray<MemorySpan> Local, ImmutableArray<MemorySpan> Remote)
{
    /// <summary>All bytes of the part.</summary>
    public long Bytes => Local.Sum(span => span.Bytes);

    /// <summary>Throws unless descriptors pair up.</summary>
    /// <exception cref="InvariantBrokenException">They do not.</exception>
    public void Check() => Invariant.That(
        Local.Length == Remote.Length && Local.Length > 0
        && Local.Zip(Remote).All(pair => pair.First.Bytes == pair.Second.Bytes && pair.First.Bytes > 0),
        $"{Local.Length} descriptors here and {Remote.Length} at the peer do not pair up");
}
