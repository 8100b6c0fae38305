using System.Collections.Immutable;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Layers.Vision;

/// <summary>
/// The angles by which a patch's heads turn: the first half of the pairs by its row, the second by its column, each at
/// the frequencies theta^(-4i/headDim), i from 0 below headDim / 4, theta 10000. Angles are float32 products.
/// </summary>
/// <remarks>Source: Wang et al. 2024 (Qwen2-VL), section 2.1 (2D-RoPE).</remarks>
internal static class VisionAngles
{
    private const double Theta = 10000;

    /// <summary>Cosines and sines, in the order of the patches.</summary>
    /// <param name="grids">The images, one after another.</param>
    /// <param name="mergeSize">Patches along a merged square's side.</param>
    /// <param name="headDim">A multiple of 4.</param>
    /// <param name="device">Where they go.</param>
    /// <returns>[patches, headDim / 2] each, float32; the caller disposes both.</returns>
    public static (Tensor Cos, Tensor Sin) Of(
        ImmutableArray<ImageGrid> grids, int mergeSize, int headDim, Device device)
    {
        var frequencies = Enumerable.Range(0, headDim / 4)
            .Select(i => (float)Math.Pow(Theta, -4.0 * i / headDim)).ToArray();
        var patchCount = grids.Sum(grid => grid.PatchCount);
        var (cos, sin) = (new float[patchCount * headDim / 2], new float[patchCount * headDim / 2]);
        var at = 0;
        foreach (var grid in grids)
        {
            for (var frame = 0; frame < grid.FrameCount; frame++)
            {
                foreach (var (row, column) in PatchOrder.OfFrame(grid, mergeSize))
                {
                    foreach (var angle in frequencies.Select(one => row * one).Concat(frequencies.Select(one => column * one)))
                    {
                        cos[at] = (float)Math.Cos(angle);
                        sin[at++] = (float)Math.Sin(angle);
                    }
                }
            }
        }
        long[] shape = [patchCount, headDim / 2];
        return (tensor(cos, shape, device: device), tensor(sin, shape, device: device));
    }
}
