namespace Gaudi.Hpu.Ops.Kernels;

/// <summary>
/// The one order in which products of a linear layer are summed: the inputs 0 .. K-1 fall into 8 shards with boundaries
/// floor(i*K/8); inside a shard a chain of fused multiply-adds runs over ascending k from zero; shard sums are added as
/// the binary tree ((0+1)+(2+3))+((4+5)+(6+7)). A rank of a group of 1, 2, 4 or 8 owns 8/worldSize neighbouring shards,
/// so its part is a subtree, and the all-reduce over ranks is the rest of the same tree.
/// </summary>
internal static class SummationShards
{
    /// <summary>Shards of a whole sum.</summary>
    public const int Count = 8;

    /// <summary>
    /// Where the shards of a slice of the inputs begin and end, counted from the slice's first input.
    /// </summary>
    /// <param name="inputSize">K, over all ranks.</param>
    /// <param name="part">Which slice, from 0.</param>
    /// <param name="partCount">1, 2, 4 or 8; divides <paramref name="inputSize"/>.</param>
    /// <returns>8/partCount + 1 boundaries, ascending, the first 0 and the last inputSize/partCount.</returns>
    public static int[] Boundaries(int inputSize, int part, int partCount)
    {
        Invariant.That(
            Count % partCount == 0 && inputSize % partCount == 0, $"{inputSize} inputs over {partCount} ranks");
        var shardsOwned = Count / partCount;
        var first = (long)part * inputSize / partCount;
        var boundaries = new int[shardsOwned + 1];
        for (var i = 0; i <= shardsOwned; i++)
            boundaries[i] = (int)((((long)part * shardsOwned + i) * inputSize / Count) - first);
        return boundaries;
    }
}
