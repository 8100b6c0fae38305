using System.Collections.Immutable;

namespace Gaudi.Hpu.Collectives;

/// <summary>What happened on a lane, taken at one moment.</summary>
/// <param name="Ended">Reads that have ended, in the order of their endings.</param>
/// <param name="Notices">Keys of offers that a peer has read, or no longer wants; in order, each once.</param>
public readonly record struct TransferBatch(ImmutableArray<TransferEnd> Ended, ImmutableArray<string> Notices)
{
    /// <summary>True when nothing happened.</summary>
    public bool IsEmpty => Ended.IsEmpty && Notices.IsEmpty;
}
