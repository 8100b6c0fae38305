using System.Collections.Immutable;
using Gaudi.Hpu.Ops.InTree;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Layers.Vision;

/// <summary>
/// Patches in, rows for the language model out. Every rank holds the whole tower and computes the same bits, without
/// communication: the tower is small beside the language model (vLLM offers the same as `mm-encoder-tp-mode data`).
/// An image's bits depend on its own patches alone, not on the images beside it.
/// </summary>
/// <param name="embedding">Embeds patches.</param>
/// <param name="blocks">In order.</param>
/// <param name="merger">Joins the patches of a square.</param>
/// <param name="mergeSize">Patches along a square's side.</param>
/// <param name="headDim">Of the attention; a multiple of 4.</param>
public sealed class VisionTower(
    PatchEmbedding embedding, ImmutableArray<VisionBlock> blocks, PatchMerger merger, int mergeSize, int headDim)
{
    /// <summary>Patches along a merged square's side.</summary>
    public int MergeSize => mergeSize;

    /// <summary>Encodes images.</summary>
    /// <param name="patches">
    /// [patches, channels * frames * rows * columns], float32, image after image in <see cref="PatchOrder"/>. Not changed.
    /// </param>
    /// <param name="grids">At least one image; together they have the patches.</param>
    /// <returns>
    /// [tokens, hidden] in the model's type, image after image; grid.TokenCount(MergeSize) rows each. The caller disposes
    /// it.
    /// </returns>
    /// <exception cref="InvariantBrokenException">The grids have other patches than came.</exception>
    public Tensor Forward(Tensor patches, ImmutableArray<ImageGrid> grids)
    {
        var tokenCount = grids.Sum(grid => grid.TokenCount(mergeSize));
        Invariant.That(
            tokenCount > 0 && patches.shape[0] == (long)tokenCount * mergeSize * mergeSize,
            $"patches of {grids.Length} images, {(long)tokenCount * mergeSize * mergeSize} in all, not {patches.shape[0]}");
        using var scope = NewDisposeScope();
        var (cos, sin) = VisionAngles.Of(grids, mergeSize, headDim, patches.device); // [patches, headDim / 2]
        var frameStarts = PatchOrder.FrameStarts(grids);
        var x = embedding.Forward(patches); // [patches, embedding]
        foreach (var block in blocks)
        {
            var next = block.Forward(x, cos, sin, frameStarts); // [patches, embedding]
            x.Dispose();
            x = next;
        }
        return scope.MoveToOuter(merger.Forward(x)); // [tokens, hidden]
    }
}
