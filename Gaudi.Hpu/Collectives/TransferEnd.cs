namespace Gaudi.Hpu.Collectives;

/// <summary>A read has ended: nothing of it is written any more.</summary>
/// <param name="Id">Of the read.</param>
/// <param name="PartsDone">Parts that came whole while they were offered: the first so many.</param>
/// <param name="Failure">Why the rest did not come; empty when all parts did.</param>
public sealed record TransferEnd(long Id, int PartsDone, string Failure)
{
    /// <summary>From its beginning, which may be after others of the same peer, to its end.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Bytes of the parts that came.</summary>
    public long Bytes { get; init; }

    /// <summary>Descriptors asked for.</summary>
    public int DescriptorCount { get; init; }
}
