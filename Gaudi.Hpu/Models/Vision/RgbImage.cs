
namespace Gaudi.Hpu.Models.Vision;

/// <summary>An image of three bytes a pixel.</summary>
public sealed class RgbImage
{
    /// <summary>Takes over the pixels.</summary>
    /// <param name="width">Pixels from left to right, at least 1.</param>
    /// <param name="height">Pixels from top to bottom, at least 1.</param>
    /// <param name="pixels">[height, width, 3]: red, green, blue.</param>
    public RgbImage(int width, int height, byte[] pixels)
    {
        Invariant.That(
            width > 0 && height > 0 && pixels.LongLength == 3L * width * height,
            $"{width} x {height} pixels of 3 bytes, not {pixels.Length} bytes");
        (Width, Height, Pixels) = (width, height, pixels);
    }

    /// <summary>Pixels from left to right.</summary>
    public int Width { get; }

    /// <summary>Pixels from top to bottom.</summary>
    public int Height { get; }

    /// <summary>[height, width, 3]: red, green, blue.</summary>
    public byte[] Pixels { get; }
}
