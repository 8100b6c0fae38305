using System.Collections.Immutable;

namespace Gaudi.Hpu.KvTransfer;

/// <summary>A load has ended on this rank: nothing writes its blocks any more.</summary>
/// <param name="SequenceId">For whom it was.</param>
/// <param name="FailedBlocks">Local blocks that did not come; empty when all did.</param>
/// <param name="Failure">Why; empty when all came.</param>
public sealed record KvLoaded(long SequenceId, ImmutableArray<int> FailedBlocks, string Failure);
