using System.Collections.Immutable;

namespace Gaudi.Hpu.Models.Decoding;

/// <summary>A rectangle of a weight of two dimensions.</summary>
internal readonly record struct DecodedPart(long FirstRow, long RowCount, long FirstColumn, long ColumnCount)
{
    /// <summary>What lies behind the last column.</summary>
    public long EndColumn => FirstColumn + ColumnCount;

    /// <summary>A slice along one dimension; the other one whole.</summary>
    public static DecodedPart Of(ImmutableArray<long> shape, int dimension, long start, long length)
    {
        Invariant.That(
            dimension is 0 or 1 && start >= 0 && length >= 0 && start <= shape[dimension] - length,
            $"indices {start} to {start + length} of dimension {dimension} of [{string.Join(", ", shape)}]");
        return dimension == 0 ? new DecodedPart(start, length, 0, shape[1]) : new DecodedPart(0, shape[0], start, length);
    }
}
