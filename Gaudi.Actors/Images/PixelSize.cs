using Gaudi.Hpu.Models.Vision;

namespace Gaudi.Actors.Images;

/// <summary>Width and height in pixels.</summary>
/// <param name="Width">At least 1.</param>
/// <param name="Height">At least 1.</param>
public readonly record struct PixelSize(int Width, int Height)
{
    private const int SidesRatioMax = 200;

    /// <summary>
    /// The size an image is brought to: both sides multiples of the factor, the nearest (halves to even), unless their
    /// product is above the pixels allowed or below those asked for. Then both sides are scaled alike to that many
    /// pixels and rounded to the factor, down (but to no less than one factor) or up.
    /// </summary>
    /// <param name="config">The factor and the pixels.</param>
    /// <param name="fitted">Set unless refused.</param>
    /// <returns>Refused when one side is over 200 times the other; otherwise null.</returns>
    /// <remarks>
    /// Source: `smart_resize` of transformers' image_processing_qwen2_vl.py; in float64, as there.
    /// </remarks>
    public ImageRefusal? Fit(PreprocessorConfig config, out PixelSize fitted)
    {
        fitted = default;
        if (Math.Max(Width, Height) > (long)SidesRatioMax * Math.Min(Width, Height))
        {
            return new ImageRefusal(
                ImageRefusalKind.TooNarrow,
                $"an image's longer side is at most {SidesRatioMax} times the shorter, came {Width} x {Height}; crop it");
        }
        var factor = config.SideFactorPixels;
        var (width, height) = (Nearest(Width, factor), Nearest(Height, factor));
        if (width * height > config.PixelsMax)
        {
            var shrink = Math.Sqrt((double)Height * Width / config.PixelsMax);
            (width, height) = (Below(Width / shrink, factor), Below(Height / shrink, factor));
        }
        else if (width * height < config.PixelsMin)
        {
            var grow = Math.Sqrt(config.PixelsMin / ((double)Height * Width));
            (width, height) = (Above(Width * grow, factor), Above(Height * grow, factor));
        }
        fitted = new PixelSize((int)width, (int)height);
        return null;
    }

    private static long Nearest(int side, int factor) =>
        (long)Math.Round((double)side / factor, MidpointRounding.ToEven) * factor;

    private static long Below(double side, int factor) => Math.Max(factor, (long)Math.Floor(side / factor) * factor);

    private static long Above(double side, int factor) => (long)Math.Ceiling(side / factor) * factor;
}
