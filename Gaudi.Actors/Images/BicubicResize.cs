using Gaudi.Hpu.Models.Vision;

namespace Gaudi.Actors.Images;

/// <summary>
/// Resizes with <see cref="BicubicWeights"/>: all lines first, rounded to bytes, then all columns. A side that keeps its
/// length is not touched. Integers throughout: the same pixels on every machine.
/// </summary>
public static class BicubicResize
{
    private const int Channels = 3;

    /// <summary>The image at another size; itself when it has it already.</summary>
    public static RgbImage To(RgbImage image, PixelSize size)
    {
        var wide = image.Width == size.Width ? image : Lines(image, size.Width);
        return wide.Height == size.Height ? wide : Columns(wide, size.Height);
    }

    private static RgbImage Lines(RgbImage image, int width)
    {
        var weights = new BicubicWeights(image.Width, width);
        var to = new byte[Channels * width * image.Height]; // [height, width, 3]
        for (var row = 0; row < image.Height; row++)
        {
            var line = image.Pixels.AsSpan(row * image.Width * Channels, image.Width * Channels);
            for (var column = 0; column < width; column++)
            {
                var (red, green, blue) = (0, 0, 0);
                var from = weights.First(column) * Channels;
                foreach (var weight in weights.Of(column))
                {
                    red += weight * line[from];
                    green += weight * line[from + 1];
                    blue += weight * line[from + 2];
                    from += Channels;
                }
                var at = ((row * width) + column) * Channels;
                to[at] = BicubicWeights.ToByte(red);
                to[at + 1] = BicubicWeights.ToByte(green);
                to[at + 2] = BicubicWeights.ToByte(blue);
            }
        }
        return new RgbImage(width, image.Height, to);
    }

    private static RgbImage Columns(RgbImage image, int height)
    {
        var weights = new BicubicWeights(image.Height, height);
        var lineBytes = image.Width * Channels;
        var to = new byte[lineBytes * height]; // [height, width, 3]
        var sums = new int[lineBytes]; // [width, 3]
        for (var row = 0; row < height; row++)
        {
            Array.Clear(sums);
            var from = weights.First(row) * lineBytes;
            foreach (var weight in weights.Of(row))
            {
                var line = image.Pixels.AsSpan(from, lineBytes);
                for (var i = 0; i < sums.Length; i++)
                    sums[i] += weight * line[i];
                from += lineBytes;
            }
            for (var i = 0; i < sums.Length; i++)
                to[(row * lineBytes) + i] = BicubicWeights.ToByte(sums[i]);
        }
        return new RgbImage(image.Width, height, to);
    }
}
