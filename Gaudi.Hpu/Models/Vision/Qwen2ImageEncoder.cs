using System.Runtime.InteropServices;
using Gaudi.Hpu.Layers;
using Gaudi.Hpu.Layers.Vision;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Models.Vision;

/// <summary>Cuts an image's pixels into patches and encodes them with Qwen2-VL's tower.</summary>
/// <param name="tower">With loaded weights when the first image comes.</param>
/// <param name="preprocessor">How pixels become values.</param>
internal sealed class Qwen2ImageEncoder(VisionTower tower, PreprocessorConfig preprocessor) : IImageEncoder
{
    /// <inheritdoc />
    public Tensor Encode(PromptImage image)
    {
        var side = preprocessor.SideFactorPixels;
        var pixels = ImmutableCollectionsMarshal.AsArray(image.Pixels)!;
        var patches = ImagePatches.Cut(new RgbImage(image.ColumnCount * side, image.RowCount * side, pixels), preprocessor);
        using var scope = NewDisposeScope();
        var values = tensor(patches.Values, [patches.Grid.PatchCount, patches.Values.Length / patches.Grid.PatchCount]);
        return scope.MoveToOuter(tower.Forward(values, [patches.Grid])); // [tokens of the image, hidden]
    }
}
