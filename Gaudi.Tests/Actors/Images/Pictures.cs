using System.Buffers.Binary;
using System.IO.Compression;
using Gaudi.Actors.Images;
using Gaudi.Hpu.Models.Vision;

namespace Gaudi.Tests.Actors.Images;

/// <summary>Small pictures, and a PNG writer of any depth and colour type, which no library offers.</summary>
internal static class Pictures
{
    /// <summary>Colour types of PNG.</summary>
    public const byte Grey = 0, Colour = 2, Palette = 3, GreyAlpha = 4, ColourAlpha = 6;

    /// <summary>6 x 4, as it comes out of <see cref="TurnedJpeg"/> by Pillow 9.4: [4, 6, 3].</summary>
    public static readonly byte[] TurnedJpegPixels =
    [
        1, 6, 0, 25, 10, 0, 63, 8, 1, 100, 7, 17, 137, 8, 30, 161, 12, 41, 16, 55, 0, 41, 60, 15, 81, 60, 41, 120, 60,
        62, 158, 61, 80, 184, 67, 94, 4, 113, 24, 30, 118, 44, 74, 119, 76, 114, 120, 106, 155, 123, 134, 182, 130,
        153, 20, 163, 57, 47, 170, 80, 93, 172, 117, 136, 176, 152, 179, 178, 186, 205, 186, 208,
    ];

    /// <summary>Written by Pillow 9.4 from <see cref="Slopes"/>, quality 85, 4:2:0, with the note to turn it (EXIF 6).</summary>
    public static byte[] TurnedJpeg => Convert.FromBase64String(
        """
        /9j/4AAQSkZJRgABAQAAAQABAAD/4QAiRXhpZgAATU0AKgAAAAgAAQESAAMAAAABAAYAAAAAAAD/2wBDAAUDBAQEAwUEBAQFBQUGBwwIBwcHBw
        8LCwkMEQ8SEhEPERETFhwXExQaFRERGCEYGh0dHx8fExciJCIeJBweHx7/2wBDAQUFBQcGBw4ICA4eFBEUHh4eHh4eHh4eHh4eHh4eHh4eHh4e
        Hh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh7/wAARCAAEAAYDASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAP/xAAdEAACAgEFAA
        AAAAAAAAAAAAAAAQMFBwYRElHR/8QAFQEBAQAAAAAAAAAAAAAAAAAABAX/xAAeEQABBAIDAQAAAAAAAAAAAAABAgMEBQAxBhFS0f/aAAwDAQAC
        EQMRAD8ApjHGmkZq5uSv3fHteAATTx2nYaFrSCSNkA5T49YyxXNdOq16P3P/2Q==
        """);

    /// <summary>6 x 4: red rises by 40 to the right, green by 60 downwards, blue by 17 with both.</summary>
    public static RgbImage Slopes() => new(6, 4,
    [
        .. from y in Enumerable.Range(0, 4)
           from x in Enumerable.Range(0, 6)
           from value in new[] { x * 40, y * 60, x * y * 17 }
           select (byte)value,
    ]);

    /// <summary>Seeded noise.</summary>
    public static RgbImage Noise(int seed, int width, int height)
    {
        var pixels = new byte[width * height * 3];
        new Random(seed).NextBytes(pixels);
        return new RgbImage(width, height, pixels);
    }

    /// <summary>An 8-bit colour PNG of the image.</summary>
    public static byte[] Png(RgbImage image) => Png(
        image.Width, image.Height, 8, Colour, image.Pixels.Chunk(image.Width * 3).ToArray());

    /// <summary>A PNG file.</summary>
    /// <param name="width">As its header says.</param>
    /// <param name="height">As its header says.</param>
    /// <param name="depth">Bits of a sample.</param>
    /// <param name="colourType">One of the constants.</param>
    /// <param name="rows">The bytes of each row.</param>
    /// <param name="extra">Chunks between header and pixels.</param>
    public static byte[] Png(
        int width, int height, byte depth, byte colourType, byte[][] rows, params (string Type, byte[] Content)[] extra)
    {
        using var packed = new MemoryStream();
        using (var zip = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            foreach (var row in rows)
                zip.Write([0, .. row]);
        }
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (depth, colourType);
        return
        [
            0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A,
            .. Chunk("IHDR", header), .. extra.SelectMany(one => Chunk(one.Type, one.Content)),
            .. Chunk("IDAT", packed.ToArray()), .. Chunk("IEND", []),
        ];
    }

    /// <summary>The file as a client sends it.</summary>
    public static string Uri(byte[] file, string type = "image/png") => $"data:{type};base64,{Convert.ToBase64String(file)}";

    private static byte[] Chunk(string type, byte[] content)
    {
        byte[] named = [.. type.Select(one => (byte)one), .. content];
        var (length, check) = (new byte[4], new byte[4]);
        BinaryPrimitives.WriteInt32BigEndian(length, content.Length);
        BinaryPrimitives.WriteUInt32BigEndian(check, Crc(named));
        return [.. length, .. named, .. check];
    }

    private static uint Crc(byte[] bytes)
    {
        var crc = uint.MaxValue;
        foreach (var one in bytes)
        {
            crc ^= one;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) == 1 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
        }
        return ~crc;
    }
}
