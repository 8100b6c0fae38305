using Gaudi.Actors.Images;
using Gaudi.Actors.Settings;
using Xunit;

namespace Gaudi.Tests.Actors.Images;

/// <summary>Every kind of PNG and JPEG gives the pixels that PIL's convert('RGB') gives; all else is refused.</summary>
public sealed class ImageDecoderTests
{
    private static readonly ImageLimits Limits = new(EncodedBytesMax: 100_000, PixelsMax: 10_000, MediaDomains.None);

    [Fact]
    public void Colour_png_comes_back_as_it_was()
    {
        var image = Pictures.Noise(1, 37, 23);
        Assert.Equal(image.Pixels, Decoded(Pictures.Png(image), 37, 23));
    }

    [Fact]
    public void Alpha_is_dropped_and_hidden_colours_stay()
    {
        byte[] row = [10, 20, 30, 0, 40, 50, 60, 128, 70, 80, 90, 255];
        Assert.Equal(
            [10, 20, 30, 40, 50, 60, 70, 80, 90],
            Decoded(Pictures.Png(3, 1, 8, Pictures.ColourAlpha, [row]), 3, 1));
        Assert.Equal([9, 9, 9, 8, 8, 8], Decoded(Pictures.Png(2, 1, 8, Pictures.GreyAlpha, [[9, 0, 8, 7]]), 2, 1));
    }

    [Fact]
    public void Grey_of_1_and_8_bits_becomes_colour()
    {
        Assert.Equal([7, 7, 7, 200, 200, 200], Decoded(Pictures.Png(2, 1, 8, Pictures.Grey, [[7, 200]]), 2, 1));
        Assert.Equal([255, 255, 255, 0, 0, 0], Decoded(Pictures.Png(2, 1, 1, Pictures.Grey, [[0b1000_0000]]), 2, 1));
    }

    [Fact]
    public void A_palette_gives_its_colours_also_where_they_are_transparent()
    {
        var file = Pictures.Png(
            3, 1, 8, Pictures.Palette, [[1, 0, 1]], ("PLTE", [1, 2, 3, 200, 100, 50]), ("tRNS", [0, 128]));
        Assert.Equal([200, 100, 50, 1, 2, 3, 200, 100, 50], Decoded(file, 3, 1));
    }

    [Fact]
    public void Of_16_bits_the_upper_8_are_kept()
    {
        byte[] samples = [0x12, 0xFF, 0x80, 0x00, 0xFE, 0x81];
        Assert.Equal([0x12, 0x80, 0xFE], Decoded(Pictures.Png(1, 1, 16, Pictures.Colour, [samples]), 1, 1));
        Assert.Equal([0x12, 0x12, 0x12], Decoded(Pictures.Png(1, 1, 16, Pictures.Grey, [[0x12, 0xFF]]), 1, 1));
    }

    [Fact]
    public void A_gamma_changes_no_colour()
    {
        var image = Pictures.Noise(2, 5, 3);
        var file = Pictures.Png(5, 3, 8, Pictures.Colour, [.. image.Pixels.Chunk(15)], ("gAMA", [0, 1, 0x86, 0xA0]));
        Assert.Equal(image.Pixels, Decoded(file, 5, 3));
    }

    [Fact]
    public void Jpeg_gives_pillows_pixels_and_is_not_turned_as_its_camera_notes() =>
        Assert.Equal(Pictures.TurnedJpegPixels, Decoded(Pictures.TurnedJpeg, 6, 4));

    [Fact]
    public void A_bomb_is_refused_by_its_header_alone()
    {
        var file = Pictures.Png(60_000, 60_000, 8, Pictures.Colour, [[0, 0, 0]]);
        var refusal = Refused(file, Limits);
        Assert.Equal(ImageRefusalKind.TooManyPixels, refusal.Kind);
        Assert.Equal("an image has at most 10000 pixels, came 60000 x 60000; send a smaller one", refusal.Message);
        Assert.Equal(ImageRefusalKind.TooManyPixels, Refused(file, Limits with { PixelsMax = int.MaxValue }).Kind);
    }

    [Fact]
    public void Pixels_and_bytes_are_counted_to_the_last()
    {
        var file = Pictures.Png(Pictures.Noise(3, 10, 10));
        Assert.Null(ImageDecoder.Decode(file, new ImageLimits(file.Length, 100, MediaDomains.None), out _));
        Assert.Equal(ImageRefusalKind.TooManyPixels, Refused(file, new ImageLimits(file.Length, 99, MediaDomains.None)).Kind);
        Assert.Equal(ImageRefusalKind.TooManyBytes, Refused(file, new ImageLimits(file.Length - 1, 100, MediaDomains.None)).Kind);
    }

    [Fact]
    public void Other_formats_are_refused()
    {
        byte[][] files =
        [
            [], [0x89], "GIF89a..........."u8.ToArray(), "RIFF....WEBPVP8 "u8.ToArray(), "BM.............."u8.ToArray(),
            "<svg xmlns='http://www.w3.org/2000/svg'/>"u8.ToArray(),
        ];
        Assert.All(files, file => Assert.Equal(ImageRefusalKind.UnknownFormat, Refused(file, Limits).Kind));
    }

    [Fact]
    public void A_file_that_is_cut_off_anywhere_is_refused()
    {
        var png = Pictures.Png(Pictures.Noise(4, 20, 20));
        var jpeg = Pictures.TurnedJpeg;
        // The last bytes of a PNG hold no pixels: its end mark, and the check of the pixels.
        for (var length = 8; length < png.Length - 24; length += 7)
            Assert.Equal(ImageRefusalKind.Corrupt, Refused(png[..length], Limits).Kind);
        for (var length = 3; length < jpeg.Length - 20; length += 7)
            Assert.Equal(ImageRefusalKind.Corrupt, Refused(jpeg[..length], Limits).Kind);
    }

    [Fact]
    public void Broken_bytes_give_an_image_or_a_refusal_and_nothing_else()
    {
        const int Seed = 11;
        var random = new Random(Seed);
        byte[][] files = [Pictures.Png(Pictures.Noise(5, 16, 9)), Pictures.TurnedJpeg];
        for (var round = 0; round < 400; round++)
        {
            var file = files[round % 2].ToArray();
            for (var change = 0; change <= round % 4; change++)
                file[random.Next(3, file.Length)] = (byte)random.Next(256);
            var refusal = ImageDecoder.Decode(file, Limits, out var image);
            Assert.True(refusal is null ? image!.Pixels.Length == image.Width * image.Height * 3 : image is null,
                $"seed {Seed}, round {round}");
        }
    }

    private static byte[] Decoded(byte[] file, int width, int height)
    {
        Assert.Null(ImageDecoder.Decode(file, Limits, out var image));
        Assert.Equal((width, height), (image!.Width, image.Height));
        return image.Pixels;
    }

    private static ImageRefusal Refused(byte[] file, ImageLimits limits)
    {
        var refusal = ImageDecoder.Decode(file, limits, out var image);
        Assert.Null(image);
        return Assert.IsType<ImageRefusal>(refusal);
    }
}
