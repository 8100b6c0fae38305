using System.Collections.Immutable;

namespace Gaudi.Hpu.Layers.Vision;

/// <summary>
/// The order in which patches follow each other: frame by frame, in a frame square by square of mergeSize by mergeSize
/// patches, in a square row by row. So the patches that are merged into one token are neighbours.
/// </summary>
/// <remarks>Source: Wang et al. 2024 (Qwen2-VL), section 2.1; the order is that of the published processor.</remarks>
public static class PatchOrder
{
    /// <summary>Where each patch of a frame lies, in order.</summary>
    /// <param name="grid">Whole squares.</param>
    /// <param name="mergeSize">Patches along a square's side.</param>
    /// <returns>rowCount * columnCount places.</returns>
    public static IEnumerable<(int Row, int Column)> OfFrame(ImageGrid grid, int mergeSize)
    {
        for (var squareRow = 0; squareRow < grid.RowCount; squareRow += mergeSize)
        {
            for (var squareColumn = 0; squareColumn < grid.ColumnCount; squareColumn += mergeSize)
            {
                for (var patch = 0; patch < mergeSize * mergeSize; patch++)
                    yield return (squareRow + (patch / mergeSize), squareColumn + (patch % mergeSize));
            }
        }
    }

    /// <summary>Where the frames of all images begin, then the number of patches: a patch attends to its own frame.</summary>
    public static ImmutableArray<int> FrameStarts(IEnumerable<ImageGrid> grids)
    {
        var starts = ImmutableArray.CreateBuilder<int>();
        starts.Add(0);
        foreach (var grid in grids)
        {
            for (var frame = 0; frame < grid.FrameCount; frame++)
                starts.Add(checked(starts[^1] + (grid.RowCount * grid.ColumnCount)));
        }
        return starts.ToImmutable();
    }
}
