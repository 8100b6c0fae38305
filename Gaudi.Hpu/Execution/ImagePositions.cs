using System.Collections.Immutable;
using Gaudi.Hpu.Layers;
using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Hpu.Execution;

/// <summary>
/// The positions of three axes: texts count on by one; an image begins where the text before it ended, keeps one time, and
/// counts rows and columns; what follows counts on behind its longer side.
/// </summary>
/// <remarks>Source: Wang et al. 2024 (Qwen2-VL), section 2.1, multimodal rotary position embedding.</remarks>
internal static class ImagePositions
{
    /// <summary>Where one token stands.</summary>
    /// <param name="images">Of the whole prompt, positions ascending.</param>
    /// <param name="position">In the sequence.</param>
    public static RopePosition Of(ImmutableArray<PromptImage> images, int position)
    {
        var saved = 0; // positions that images before took beyond their longer side
        foreach (var image in images)
        {
            if (position < image.FirstPosition)
                break;
            if (position < image.EndPosition)
            {
                var begin = image.FirstPosition - saved;
                var place = position - image.FirstPosition;
                return new RopePosition(begin, begin + (place / image.ColumnCount), begin + (place % image.ColumnCount));
            }
            saved += image.TokenCount - Math.Max(image.RowCount, image.ColumnCount);
        }
        var at = position - saved;
        return new RopePosition(at, at, at);
    }
}
