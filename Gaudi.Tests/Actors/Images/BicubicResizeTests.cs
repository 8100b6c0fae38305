using Gaudi.Actors.Images;
using Gaudi.Hpu.Models.Vision;
using Xunit;

namespace Gaudi.Tests.Actors.Images;

/// <summary>
/// Resizing against a second computation in float64, one side at a time, and against pixels that Pillow 9.4 gave. The
/// nearest byte of float64 is a half away at most; 1e-3 more for the weights' 22 bits.
/// </summary>
public sealed class BicubicResizeTests
{
    [Theory]
    [InlineData(37, 56)]
    [InlineData(37, 12)]
    [InlineData(37, 5)]
    [InlineData(313, 28)]
    [InlineData(3, 300)]
    [InlineData(1, 28)]
    [InlineData(28, 1)]
    [InlineData(29, 28)]
    public void A_side_is_resized_as_in_float64(int from, int to)
    {
        var lines = Pictures.Noise(from + to, from, 3);
        var resized = BicubicResize.To(lines, new PixelSize(to, 3));
        Assert.Equal((to, 3), (resized.Width, resized.Height));
        for (var row = 0; row < 3; row++)
        {
            for (var channel = 0; channel < 3; channel++)
                Near(
                    Resized([.. Enumerable.Range(0, from).Select(x => lines.Pixels[(((row * from) + x) * 3) + channel])], to),
                    [.. Enumerable.Range(0, to).Select(x => resized.Pixels[(((row * to) + x) * 3) + channel])]);
        }
        // The same lines standing upright give the same.
        Assert.Equal(Upright(resized).Pixels, BicubicResize.To(Upright(lines), new PixelSize(3, to)).Pixels);
    }

    [Fact]
    public void Both_sides_are_lines_first_then_columns()
    {
        foreach (var (width, height) in new[] { (56, 28), (9, 9), (20, 50) })
        {
            var image = Pictures.Noise(width, 37, 23);
            var lines = BicubicResize.To(image, new PixelSize(width, 23));
            Assert.Equal(
                BicubicResize.To(lines, new PixelSize(width, height)).Pixels,
                BicubicResize.To(image, new PixelSize(width, height)).Pixels);
        }
    }

    [Fact]
    public void Pixels_are_pillows()
    {
        Assert.Equal(
            [
                12, 11, 1, 68, 11, 6, 132, 11, 11, 188, 11, 15, 12, 90, 8, 68, 90, 44, 132, 90, 84, 188, 90, 120, 12, 169,
                14, 68, 169, 81, 132, 169, 157, 188, 169, 225,
            ],
            BicubicResize.To(Pictures.Slopes(), new PixelSize(4, 3)).Pixels);
        Assert.Equal(
            [
                0, 0, 0, 22, 0, 0, 55, 0, 0, 85, 0, 0, 115, 0, 0, 145, 0, 0, 178, 0, 0, 202, 0, 0, 0, 39, 0, 22, 39, 6, 55,
                39, 15, 85, 39, 23, 115, 39, 32, 145, 39, 40, 178, 39, 49, 202, 39, 56, 0, 90, 0, 22, 90, 14, 55, 90, 35, 85,
                90, 54, 115, 90, 74, 145, 90, 93, 178, 90, 114, 202, 90, 129, 0, 141, 0, 22, 141, 22, 55, 141, 55, 85, 141,
                85, 115, 141, 115, 145, 141, 145, 178, 141, 178, 202, 141, 201, 0, 183, 0, 22, 183, 28, 55, 183, 71, 85, 183,
                110, 115, 183, 149, 145, 183, 188, 178, 183, 230, 202, 183, 255,
            ],
            BicubicResize.To(Pictures.Slopes(), new PixelSize(8, 5)).Pixels);
    }

    [Fact]
    public void An_image_of_the_size_already_is_not_touched()
    {
        var image = Pictures.Noise(1, 5, 4);
        Assert.Same(image, BicubicResize.To(image, new PixelSize(5, 4)));
    }

    // A weighted mean of all source pixels, those out of reach weighing nothing.
    private static double[] Resized(byte[] line, int count)
    {
        var scale = (double)line.Length / count;
        return
        [
            .. from target in Enumerable.Range(0, count)
               let weights = line.Select((_, i) =>
                   Keys((i + 0.5 - ((target + 0.5) * scale)) / Math.Max(1, scale))).ToArray()
               select line.Zip(weights, (value, weight) => value * weight).Sum() / weights.Sum(),
        ];
    }

    private static double Keys(double x) => Math.Abs(x) switch
    {
        < 1 and var t => (1.5 * t * t * t) - (2.5 * t * t) + 1,
        < 2 and var t => (-0.5 * t * t * t) + (2.5 * t * t) - (4 * t) + 2,
        _ => 0,
    };

    private static void Near(double[] expected, byte[] actual)
    {
        for (var i = 0; i < actual.Length; i++)
            Assert.InRange(actual[i] - Math.Clamp(expected[i], 0, 255), -0.501, 0.501);
    }

    private static RgbImage Upright(RgbImage image) => new(image.Height, image.Width,
    [
        .. from x in Enumerable.Range(0, image.Width)
           from y in Enumerable.Range(0, image.Height)
           from channel in Enumerable.Range(0, 3)
           select image.Pixels[(((y * image.Width) + x) * 3) + channel],
    ]);
}
