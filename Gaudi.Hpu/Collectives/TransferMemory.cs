using System.Collections.Immutable;

namespace Gaudi.Hpu.Collectives;

/// <summary>Memory that a rank registers with its transfer lane.</summary>
/// <param name="Regions">Read by peers where they are offered, written by this rank's own reads. They outlive the lane.</param>
/// <param name="Metadata">Given to every peer that connects, before anything else; at most <see cref="MetadataBytesMax"/>.</param>
public sealed record TransferMemory(ImmutableArray<BlockRegion> Regions, ReadOnlyMemory<byte> Metadata)
{
    /// <summary>Largest metadata. Unit: bytes. Some 80 regions take a few kilobytes.</summary>
    public const int MetadataBytesMax = 1 << 20;
}
