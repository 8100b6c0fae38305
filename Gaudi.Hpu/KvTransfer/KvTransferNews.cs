using System.Collections.Immutable;

namespace Gaudi.Hpu.KvTransfer;

/// <summary>What happened on one rank's connector since it was last asked.</summary>
/// <param name="Sent">Keys of offers that a peer has read, or no longer wants.</param>
/// <param name="Received">Loads that ended.</param>
/// <param name="Transfers">Measures of the reads that ended.</param>
public sealed record KvTransferNews(
    ImmutableArray<string> Sent, ImmutableArray<KvLoaded> Received, ImmutableArray<KvTransferMeasure> Transfers)
{
    /// <summary>True when nothing happened.</summary>
    public bool IsEmpty => Sent.IsEmpty && Received.IsEmpty;
}
