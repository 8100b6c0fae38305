using Gaudi.Hpu.Layers.Vision;

namespace Gaudi.Hpu.Models.Vision;

/// <summary>An image as the vision tower takes it.</summary>
/// <param name="Grid">Patches from top to bottom and from left to right; one in time.</param>
/// <param name="Values">
/// [patches, 3 * frames * rows * columns] in <see cref="PatchOrder"/>; in a patch the colours one after another, each
/// repeated for every frame of a patch, its pixels row by row.
/// </param>
public sealed record ImagePatches(ImageGrid Grid, float[] Values)
{
    /// <summary>Scales, normalises and cuts an image of whole squares.</summary>
    /// <remarks>
    /// A byte v becomes (float32(v * scale) - mean) / deviation, the product in float64, the rest in float32, as the
    /// published processor computes in numpy.
    /// </remarks>
    public static ImagePatches Cut(RgbImage image, PreprocessorConfig config)
    {
        var (side, factor) = (config.PatchSizePixels, config.SideFactorPixels);
        Invariant.That(
            image.Width % factor == 0 && image.Height % factor == 0,
            $"sides of whole {factor} pixels, not {image.Width} x {image.Height}");
        var grid = new ImageGrid(1, image.Height / side, image.Width / side);
        var normalised = Normalised(config); // [3, 256]
        var values = new float[3L * config.PatchFrameCount * image.Height * image.Width];
        var at = 0;
        foreach (var (row, column) in PatchOrder.OfFrame(grid, config.MergeSize))
        {
            for (var plane = 0; plane < 3 * config.PatchFrameCount; plane++)
            {
                var colour = plane / config.PatchFrameCount;
                for (var y = row * side; y < (row + 1) * side; y++)
                {
                    for (var x = column * side; x < (column + 1) * side; x++)
                        values[at++] = normalised[colour, image.Pixels[(((y * image.Width) + x) * 3) + colour]];
                }
            }
        }
        return new ImagePatches(grid, values);
    }

    private static float[,] Normalised(PreprocessorConfig config)
    {
        var values = new float[3, 256];
        for (var colour = 0; colour < 3; colour++)
        {
            for (var value = 0; value < 256; value++)
            {
                var scaled = (float)(value * config.Scale);
                values[colour, value] = (scaled - (float)config.Mean[colour]) / (float)config.Deviation[colour];
            }
        }
        return values;
    }
}
