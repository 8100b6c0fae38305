using System.Collections.Immutable;
using Gaudi.Hpu.KvTransfer;

namespace Gaudi.Actors.Scheduling;

/// <summary>How far one load is, over the ranks.</summary>
internal sealed class LoadTally
{
    private readonly SortedDictionary<int, KvLoaded> _ranks = [];

    /// <summary>Ranks on which it has ended.</summary>
    internal int RankCount => _ranks.Count;

    /// <summary>Blocks that some rank lacks.</summary>
    internal ImmutableArray<int> FailedBlocks => [.. _ranks.Values.SelectMany(one => one.FailedBlocks).Distinct().Order()];

    /// <summary>Why, of the lowest rank that failed; empty when all came.</summary>
    internal string Failure => _ranks.Where(one => one.Value.Failure.Length > 0)
        .Select(one => $"rank {one.Key}: {one.Value.Failure}").FirstOrDefault("");

    /// <summary>It has ended on a rank; false when that was known.</summary>
    internal bool Add(int rank, KvLoaded loaded) => _ranks.TryAdd(rank, loaded);
}
