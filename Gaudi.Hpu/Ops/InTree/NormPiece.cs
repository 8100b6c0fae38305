using System.Collections.Immutable;
using Gaudi.Hpu.Ops.Kernels;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>Where a shard of a row and a group of it overlap, on one rank.</summary>
/// <param name="Shard">Among the rank's shards.</param>
/// <param name="Group">Among the groups the rank sums.</param>
/// <param name="Begin">First value, in the rank's part of the row.</param>
/// <param name="End">One past the last.</param>
internal readonly record struct NormPiece(int Shard, int Group, int Begin, int End)
{
    /// <summary>A rank's pieces in ascending order; together they are its part of the row.</summary>
    /// <param name="hiddenSize">Of the whole row.</param>
    /// <param name="groupCount">Of the whole row.</param>
    /// <param name="firstGroup">The group that counts as 0.</param>
    /// <param name="rank">Which part.</param>
    /// <param name="worldSize">Parts.</param>
    public static ImmutableArray<NormPiece> Of(int hiddenSize, int groupCount, int firstGroup, int rank, int worldSize)
    {
        var boundaries = SummationShards.Boundaries(hiddenSize, rank, worldSize);
        var groupSize = hiddenSize / groupCount;
        var first = rank * (hiddenSize / worldSize);
        var pieces = ImmutableArray.CreateBuilder<NormPiece>();
        for (var shard = 0; shard + 1 < boundaries.Length; shard++)
        {
            for (var begin = boundaries[shard]; begin < boundaries[shard + 1];)
            {
                var group = (first + begin) / groupSize;
                var end = Math.Min(boundaries[shard + 1], ((group + 1) * groupSize) - first);
                pieces.Add(new NormPiece(shard, group - firstGroup, begin, end));
                begin = end;
            }
        }
        return pieces.ToImmutable();
    }
}
