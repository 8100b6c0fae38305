using System.Collections.Immutable;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>Which part of which checkpoint tensor an op of this rank owns.</summary>
/// <param name="Name">In the checkpoint.</param>
/// <param name="Shape">Of the whole tensor.</param>
/// <param name="Dimension">The dimension that is sliced; 0 when the whole tensor is owned.</param>
/// <param name="Start">First index along it.</param>
/// <param name="Length">How many indices; may be 0 where padding alone is owned.</param>
public sealed record WeightSlice(string Name, ImmutableArray<long> Shape, int Dimension, long Start, long Length)
{
    /// <summary>All of a tensor.</summary>
    public static WeightSlice Whole(string name, params ImmutableArray<long> shape) => new(name, shape, 0, 0, shape[0]);

    /// <summary>Rank <paramref name="part"/>'s even share of a tensor along a dimension.</summary>
    public static WeightSlice Share(string name, ImmutableArray<long> shape, int dimension, int part, int partCount)
    {
        Invariant.That(
            shape[dimension] % partCount == 0, $"{name}: {shape[dimension]} does not split over {partCount} ranks");
        var length = shape[dimension] / partCount;
        return new WeightSlice(name, shape, dimension, part * length, length);
    }
}
