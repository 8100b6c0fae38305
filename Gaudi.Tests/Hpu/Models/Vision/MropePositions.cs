using System.Collections.Immutable;
using Gaudi.Hpu;
using Gaudi.Hpu.Layers.Vision;

namespace Gaudi.Tests.Hpu.Models.Vision;

/// <summary>
/// The truth beside ImagePositions, from token ids alone. The three positions of every prompt token: in time, row and column. A text token has the same in all three, one more
/// than the largest before it. The tokens of an image start at one place s, one more than the largest before it: token
/// (t, r, c) of the merged grid stands at (s + t, s + r, s + c), and the text goes on at one more than the largest of
/// those.
/// </summary>
/// <param name="Temporal">[tokens].</param>
/// <param name="Row">[tokens].</param>
/// <param name="Column">[tokens].</param>
/// <param name="Delta">
/// Added to the index of a token after the prompt, it gives all three of that token's positions. It is the largest
/// position + 1 - tokens: 0 without images, and never above.
/// </param>
/// <remarks>Source: Wang et al. 2024 (Qwen2-VL), section 2.1 (M-RoPE), and transformers' get_rope_index for images.</remarks>
internal sealed record MropePositions(
    ImmutableArray<int> Temporal, ImmutableArray<int> Row, ImmutableArray<int> Column, int Delta)
{
    /// <summary>Places every token.</summary>
    /// <param name="tokenIds">The prompt, one image token for each square of merged patches.</param>
    /// <param name="imageTokenId">Stands for a square of an image.</param>
    /// <param name="visionStartTokenId">Comes right before the first token of every image.</param>
    /// <param name="grids">The images in the prompt's order, in patches.</param>
    /// <param name="mergeSize">Patches along a merged square's side.</param>
    /// <exception cref="InvariantBrokenException">The prompt has other images: see <see cref="Problem"/>.</exception>
    public static MropePositions Of(
        ReadOnlySpan<int> tokenIds, int imageTokenId, int visionStartTokenId, ImmutableArray<ImageGrid> grids,
        int mergeSize)
    {
        var problem = Problem(tokenIds, imageTokenId, visionStartTokenId, grids, mergeSize);
        Invariant.That(problem is null, problem ?? "");
        var (temporal, row, column) = (new int[tokenIds.Length], new int[tokenIds.Length], new int[tokenIds.Length]);
        var (at, next, image) = (0, 0, 0);
        while (at < tokenIds.Length)
        {
            if (tokenIds[at] != imageTokenId)
            {
                temporal[at] = row[at] = column[at] = next;
                (at, next) = (at + 1, next + 1);
                continue;
            }
            var grid = grids[image++];
            var (rowCount, columnCount) = (grid.RowCount / mergeSize, grid.ColumnCount / mergeSize);
            for (var token = 0; token < grid.TokenCount(mergeSize); token++, at++)
            {
                temporal[at] = next + (token / (rowCount * columnCount));
                row[at] = next + (token / columnCount % rowCount);
                column[at] = next + (token % columnCount);
            }
            next += Math.Max(grid.FrameCount, Math.Max(rowCount, columnCount));
        }
        return new MropePositions([.. temporal], [.. row], [.. column], next - tokenIds.Length);
    }

    /// <summary>
    /// Why a prompt and its images do not belong together, to be asked where the prompt is a client's: an image token that
    /// no image start or image token comes before, or images of another number or size than the prompt's.
    /// </summary>
    /// <returns>A sentence with the first such place; null when they fit.</returns>
    public static string? Problem(
        ReadOnlySpan<int> tokenIds, int imageTokenId, int visionStartTokenId, ImmutableArray<ImageGrid> grids,
        int mergeSize)
    {
        var image = 0;
        for (var at = 0; at < tokenIds.Length; at++)
        {
            if (tokenIds[at] != imageTokenId)
                continue;
            if (at == 0 || tokenIds[at - 1] != visionStartTokenId)
                return $"token {at} is an image's, but no image starts there: put the start of an image before it";
            if (image == grids.Length)
                return $"an image starts at token {at}, but {grids.Length} images came: give one for each place";
            var expected = grids[image].TokenCount(mergeSize);
            var run = tokenIds[at..].IndexOfAnyExcept(imageTokenId);
            var length = run < 0 ? tokenIds.Length - at : run;
            if (length != expected)
                return $"image {image} has {expected} tokens, but {length} stand for it at token {at}";
            (at, image) = (at + length - 1, image + 1);
        }
        return image == grids.Length
            ? null
            : $"{grids.Length} images came, but the prompt has places for {image}: give one place for each";
    }
}
