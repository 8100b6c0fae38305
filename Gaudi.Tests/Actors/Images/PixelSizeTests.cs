using Gaudi.Actors.Images;
using Gaudi.Hpu.Models.Vision;
using Xunit;

namespace Gaudi.Tests.Actors.Images;

/// <summary>`smart_resize`, by hand and by law. Compared once with the published function on 3,257 sizes.</summary>
public sealed class PixelSizeTests
{
    private static readonly PreprocessorConfig Config =
        PreprocessorConfig.Default(new VisionConfig(1, 1280, 1536, 16, 5120, 14, 2, 2, 3));

    [Theory]
    [InlineData(224, 224, 224, 224)] // 8 factors each: stays
    [InlineData(313, 211, 308, 224)] // 11.18 and 7.54 factors
    [InlineData(98, 70, 112, 56)] // 3.5 and 2.5 factors: halves go to even
    [InlineData(1, 1, 56, 56)] // enlarged to 3,136 pixels
    [InlineData(1000, 10, 560, 28)] // 10 pixels are no factor: by 0.56, then up
    [InlineData(30, 29, 84, 56)] // 28 x 28 is too small: 57.0 and 55.1, up
    [InlineData(4000, 3000, 1148, 840)] // 12,000,000 pixels over 1,003,520: by 0.2892 to 1156.7 and 867.6, down
    [InlineData(8000, 40, 8008, 28)] // 200 to 1 is allowed
    public void Sides_become_multiples_of_28_within_the_pixels(int width, int height, int fittedWidth, int fittedHeight)
    {
        Assert.Null(new PixelSize(width, height).Fit(Config, out var fitted));
        Assert.Equal(new PixelSize(fittedWidth, fittedHeight), fitted);
    }

    [Fact]
    public void Any_size_is_fitted_to_whole_factors_and_at_most_the_pixels()
    {
        const int Seed = 3;
        var random = new Random(Seed);
        for (var round = 0; round < 2000; round++)
        {
            var size = new PixelSize(random.Next(1, 5000), random.Next(1, 5000));
            if (size.Fit(Config, out var fitted) is { } refusal)
            {
                Assert.Equal(ImageRefusalKind.TooNarrow, refusal.Kind);
                Assert.True(Math.Max(size.Width, size.Height) > 200 * Math.Min(size.Width, size.Height));
                continue;
            }
            Assert.True(
                fitted.Width % 28 == 0 && fitted.Height % 28 == 0 && fitted.Width * fitted.Height >= Config.PixelsMin
                    && fitted.Width * fitted.Height <= Config.PixelsMax,
                $"seed {Seed}: {size} became {fitted}");
        }
    }

    [Fact]
    public void A_side_over_200_times_the_other_is_refused()
    {
        var refusal = new PixelSize(10, 2001).Fit(Config, out _);
        Assert.Equal(ImageRefusalKind.TooNarrow, refusal!.Kind);
        Assert.Equal("an image's longer side is at most 200 times the shorter, came 10 x 2001; crop it", refusal.Message);
        Assert.Null(new PixelSize(10, 2000).Fit(Config, out _));
    }

    [Fact]
    public void A_shrunk_side_keeps_one_factor()
    {
        Assert.Null(new PixelSize(4000, 40).Fit(Config with { PixelsMin = 784, PixelsMax = 7840 }, out var fitted));
        Assert.Equal(new PixelSize(868, 28), fitted); // 885 and 8.85 pixels
    }
}
