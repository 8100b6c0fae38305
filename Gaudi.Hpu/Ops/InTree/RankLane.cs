using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// A rank's place in its group, and the collective it speaks through now: a new epoch brings another.
/// </summary>
public sealed class RankLane(ICollective collective)
{
    /// <summary>This rank, from 0. Never changes: the weights are this rank's slices.</summary>
    public int Rank { get; } = collective.Rank;

    /// <summary>Ranks of the group. Never changes.</summary>
    public int WorldSize { get; } = collective.WorldSize;

    /// <summary>The present epoch's collective.</summary>
    public ICollective Collective { get; private set; } = collective;

    /// <summary>Goes on in another epoch.</summary>
    /// <param name="collective">Of the same rank and world size.</param>
    public void Rejoin(ICollective collective)
    {
        Invariant.That(
            collective.Rank == Rank && collective.WorldSize == WorldSize,
            $"rank {collective.Rank} of {collective.WorldSize} cannot use the weights of rank {Rank} of {WorldSize}");
        Collective = collective;
    }

    /// <summary>This rank's part of something that splits evenly.</summary>
    /// <param name="size">A multiple of the world size.</param>
    public int Share(int size)
    {
        Invariant.That(size % WorldSize == 0, $"{size} does not split over {WorldSize} ranks");
        return size / WorldSize;
    }

    /// <summary>Sums a tensor over the ranks, in place, in the fixed tree.</summary>
    /// <param name="sums">Float32, contiguous, the same shape on every rank.</param>
    public unsafe void AllReduceSum(Tensor sums)
    {
        Invariant.That(sums.dtype == ScalarType.Float32, $"sums travel in float32, not {sums.dtype}");
        Collective.AllReduceSum(new Span<float>(TensorMemory.Pointer(sums), checked((int)sums.numel())));
    }

    /// <summary>
    /// Concatenates the ranks' columns: [rows, columns] of each becomes [rows, worldSize * columns], in rank order.
    /// </summary>
    /// <param name="mine">Float32, contiguous, the same shape on every rank. Not changed.</param>
    /// <returns>The caller disposes it.</returns>
    public unsafe Tensor AllGatherColumns(Tensor mine)
    {
        using var scope = NewDisposeScope();
        var all = empty([WorldSize, mine.shape[0], mine.shape[1]], mine.dtype, mine.device); // [ranks, rows, columns]
        var bytes = checked((int)(mine.numel() * mine.element_size()));
        Collective.AllGather(
            new ReadOnlySpan<byte>(TensorMemory.Pointer(mine), bytes),
            new Span<byte>(TensorMemory.Pointer(all), checked(bytes * WorldSize)));
        var gathered = all.permute(1, 0, 2).reshape(mine.shape[0], -1); // [rows, ranks * columns]
        return scope.MoveToOuter(gathered.contiguous());
    }
}
