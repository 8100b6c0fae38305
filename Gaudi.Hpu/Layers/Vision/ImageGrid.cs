namespace Gaudi.Hpu.Layers.Vision;

/// <summary>How an image or a video is cut into patches.</summary>
/// <param name="FrameCount">Patches in time; 1 for an image.</param>
/// <param name="RowCount">Patches from top to bottom; a multiple of the merge size.</param>
/// <param name="ColumnCount">Patches from left to right; a multiple of the merge size.</param>
public readonly record struct ImageGrid(int FrameCount, int RowCount, int ColumnCount)
{
    /// <summary>Patches in all.</summary>
    public int PatchCount => checked(FrameCount * RowCount * ColumnCount);

    /// <summary>Tokens the language model sees: one for each square of mergeSize by mergeSize patches.</summary>
    /// <param name="mergeSize">Patches along a square's side.</param>
    /// <exception cref="InvariantBrokenException">The grid is empty, or the squares do not fill it.</exception>
    public int TokenCount(int mergeSize)
    {
        Invariant.That(
            Math.Min(FrameCount, Math.Min(RowCount, ColumnCount)) > 0
                && RowCount % mergeSize == 0 && ColumnCount % mergeSize == 0,
            $"a grid of whole squares of {mergeSize} patches, not {FrameCount} x {RowCount} x {ColumnCount}");
        return PatchCount / (mergeSize * mergeSize);
    }
}
