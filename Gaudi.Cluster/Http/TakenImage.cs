using System.Collections.Immutable;

namespace Gaudi.Cluster.Http;

/// <summary>An image as a model looks at it.</summary>
/// <param name="RowCount">Rows of its tokens.</param>
/// <param name="ColumnCount">Tokens of a row.</param>
/// <param name="Pixels">Red, green and blue bytes, row by row.</param>
/// <param name="ContentHash">Equal for equal pixels of an equal size.</param>
public sealed record TakenImage(int RowCount, int ColumnCount, ImmutableArray<byte> Pixels, string ContentHash);
