using System.Runtime.InteropServices;
using Gaudi.Hpu.Models.Vision;
using SkiaSharp;

namespace Gaudi.Actors.Images;

/// <summary>
/// PNG and JPEG to red, green and blue, as PIL's convert('RGB') gives them: alpha is dropped, not blended; colour
/// profiles and the orientation a camera notes are ignored; palettes and greys become colours, 16 bits lose the lower 8.
/// </summary>
/// <remarks>
/// Compared with Pillow 9.4 bit for bit: PNG of 1, 8 and 16 bits, grey, colour, palette, with and without alpha; JPEG of
/// 4:2:0, 4:4:4, grey, CMYK and progressive. One thing is not followed: Pillow cuts a 16-bit grey off at 255, so that
/// nearly all of it is white.
/// </remarks>
public static class ImageDecoder
{
    // What fits into one array at four bytes a pixel.
    private const int PixelsCeiling = 500_000_000;

    private static ReadOnlySpan<byte> PngStart => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    private static ReadOnlySpan<byte> JpegStart => [0xFF, 0xD8, 0xFF];

    /// <summary>Decodes a file. Its header is checked before any pixel takes memory.</summary>
    /// <param name="file">All of its bytes.</param>
    /// <param name="limits">Bytes and pixels allowed.</param>
    /// <param name="image">Set unless refused.</param>
    /// <returns>Why not; null when it is decoded.</returns>
    public static ImageRefusal? Decode(ReadOnlySpan<byte> file, ImageLimits limits, out RgbImage? image)
    {
        image = null;
        if (ImageSource.CheckLength(file.Length, limits) is { } tooLong)
            return tooLong;
        if (!file.StartsWith(PngStart) && !file.StartsWith(JpegStart)) // No other decoder sees a stranger's bytes.
            return new ImageRefusal(ImageRefusalKind.UnknownFormat, "an image is PNG or JPEG, came other bytes; convert it");
        using var data = SKData.CreateCopy(file);
        using var codec = SKCodec.Create(data);
        if (codec is null)
            return Corrupt("its header is broken");
        var (width, height) = (codec.Info.Width, codec.Info.Height);
        var pixelsMax = Math.Min(limits.PixelsMax, PixelsCeiling);
        if ((long)width * height > pixelsMax)
        {
            return new ImageRefusal(
                ImageRefusalKind.TooManyPixels,
                $"an image has at most {pixelsMax} pixels, came {width} x {height}; send a smaller one");
        }
        var pixels = new byte[4L * width * height]; // [height, width, 4]
        var result = Fill(codec, pixels);
        if (result != SKCodecResult.Success)
            return Corrupt(result == SKCodecResult.IncompleteInput ? "it is cut off" : $"its pixels are broken ({result})");
        image = new RgbImage(width, height, WithoutAlpha(pixels));
        return null;
    }

    // Not premultiplied, so that colours under alpha stay; no colour space, so that none is converted.
    private static SKCodecResult Fill(SKCodec codec, byte[] pixels)
    {
        var layout = new SKImageInfo(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul, null);
        var pinned = GCHandle.Alloc(pixels, GCHandleType.Pinned);
        try
        {
            return codec.GetPixels(layout, pinned.AddrOfPinnedObject());
        }
        finally
        {
            pinned.Free();
        }
    }

    private static byte[] WithoutAlpha(byte[] pixels)
    {
        var colours = new byte[pixels.Length / 4 * 3];
        for (var (from, to) = (0, 0); from < pixels.Length; from += 4, to += 3)
            (colours[to], colours[to + 1], colours[to + 2]) = (pixels[from], pixels[from + 1], pixels[from + 2]);
        return colours;
    }

    private static ImageRefusal Corrupt(string why) => new(
        ImageRefusalKind.Corrupt, $"an image is a whole PNG or JPEG file, but of this one {why}; export it again");
}
