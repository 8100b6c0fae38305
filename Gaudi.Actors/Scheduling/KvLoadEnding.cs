using System.Collections.Immutable;

namespace Gaudi.Actors.Scheduling;

/// <summary>A load has ended on every rank: nobody writes its blocks any more.</summary>
/// <param name="SequenceId">For whom it was.</param>
/// <param name="FailedBlocks">Blocks that some rank lacks.</param>
/// <param name="Failure">Why, of the first rank that failed; empty when all came.</param>
public sealed record KvLoadEnding(long SequenceId, ImmutableArray<int> FailedBlocks, string Failure);
