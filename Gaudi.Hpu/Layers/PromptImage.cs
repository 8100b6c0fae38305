using System.Collections.Immutable;

namespace Gaudi.Hpu.Layers;

/// <summary>An image in a prompt: its tokens are a grid, row by row.</summary>
/// <param name="FirstPosition">Of its first token.</param>
/// <param name="RowCount">Rows of tokens.</param>
/// <param name="ColumnCount">Tokens of a row.</param>
/// <param name="Pixels">
/// Red, green and blue bytes, row by row, already of the size whose patches are the grid; empty where nobody looks at them.
/// </param>
public sealed record PromptImage(int FirstPosition, int RowCount, int ColumnCount, ImmutableArray<byte> Pixels)
{
    /// <summary>Its tokens.</summary>
    public int TokenCount => RowCount * ColumnCount;

    /// <summary>The position behind its last token.</summary>
    public int EndPosition => FirstPosition + TokenCount;
}
