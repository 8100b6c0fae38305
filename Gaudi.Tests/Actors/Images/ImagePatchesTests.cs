using Gaudi.Actors.Images;
using Gaudi.Actors.Settings;
using Gaudi.Hpu;
using Gaudi.Hpu.Layers.Vision;
using Gaudi.Hpu.Models.Vision;
using Xunit;

namespace Gaudi.Tests.Actors.Images;

/// <summary>The order of patches by hand, normalised values by formula, and the whole way from a request.</summary>
public sealed class ImagePatchesTests
{
    private static readonly VisionConfig Vision = new(1, 1280, 1536, 16, 5120, 14, 2, 2, 3);
    private static readonly ImageLimits Limits = new(1_000_000, 1_000_000, MediaDomains.None);

    [Fact]
    public void Patches_of_a_square_follow_each_other_and_each_colour_comes_once_a_frame()
    {
        // 4 x 8 pixels in patches of 2 x 2: patch (r, c) has pixels of red r, green c, blue the pixel's place in it.
        var image = new RgbImage(8, 4,
        [
            .. from y in Enumerable.Range(0, 4)
               from x in Enumerable.Range(0, 8)
               from value in new[] { y / 2, x / 2, (y % 2 * 2) + (x % 2) }
               select (byte)value,
        ]);
        var patches = ImagePatches.Cut(image, Plain(patchSize: 2));
        Assert.Equal(new ImageGrid(1, 2, 4), patches.Grid);
        (int Row, int Column)[] order = [(0, 0), (0, 1), (1, 0), (1, 1), (0, 2), (0, 3), (1, 2), (1, 3)];
        Assert.Equal(
            from place in order
            from value in new float[]
            {
                place.Row, place.Row, place.Row, place.Row, place.Row, place.Row, place.Row, place.Row,
                place.Column, place.Column, place.Column, place.Column, place.Column, place.Column, place.Column,
                place.Column, 0, 1, 2, 3, 0, 1, 2, 3,
            }
            select value,
            patches.Values);
    }

    [Fact]
    public void Values_are_scaled_then_normalised_by_colour()
    {
        var config = PreprocessorConfig.Default(Vision);
        var pixels = Enumerable.Repeat(new byte[] { 255, 0, 128 }, 28 * 28).SelectMany(one => one).ToArray();
        var values = ImagePatches.Cut(new RgbImage(28, 28, pixels), config).Values;
        Assert.Equal(4 * 1176, values.Length);
        Assert.Equal((1 - 0.48145466) / 0.26862954, values[0], 1e-6); // red
        Assert.Equal(-0.4578275 / 0.26130258, values[2 * 196], 1e-6); // green, after two frames of 14 x 14
        Assert.Equal(((128 / 255.0) - 0.40821073) / 0.27577711, values[1175], 1e-6); // blue
    }

    [Fact]
    public void An_image_of_a_request_becomes_patches_of_its_fitted_size()
    {
        var preprocessor = new ImagePreprocessor(PreprocessorConfig.Default(Vision), Limits);
        var image = Pictures.Noise(1, 313, 211);
        Assert.Null(preprocessor.OfUrl(Pictures.Uri(Pictures.Png(image)), out var fitted, out var remote));
        Assert.Null(remote);
        var patches = ImagePatches.Cut(fitted!, PreprocessorConfig.Default(Vision));
        Assert.Equal(new ImageGrid(1, 16, 22), patches.Grid);
        Assert.Equal(16 * 22 * 1176, patches.Values.Length);
        Assert.Equal(
            ImagePatches.Cut(BicubicResize.To(image, new PixelSize(308, 224)), PreprocessorConfig.Default(Vision)).Values,
            patches.Values);
        Assert.Equal(88, patches.Grid.TokenCount(2));
    }

    [Theory]
    [InlineData("ftp://x/y", ImageRefusalKind.UnknownScheme)]
    [InlineData("https://x/y", ImageRefusalKind.FetchNotAllowed)]
    [InlineData("data:image/png;base64,AQID", ImageRefusalKind.UnknownFormat)]
    [InlineData("data:image/png;base64,iVBORw0KGgo=", ImageRefusalKind.Corrupt)]
    public void Every_step_may_refuse(string url, ImageRefusalKind kind)
    {
        var preprocessor = new ImagePreprocessor(PreprocessorConfig.Default(Vision), Limits);
        Assert.Equal(kind, preprocessor.OfUrl(url, out var patches, out var remote)!.Kind);
        Assert.Null(patches);
        Assert.Null(remote);
    }

    [Fact]
    public void A_strip_is_refused_and_an_address_is_given_back_where_fetching_is_allowed()
    {
        var preprocessor = new ImagePreprocessor(PreprocessorConfig.Default(Vision), Limits with { Domains = new MediaDomains(["x"]) });
        var strip = Pictures.Uri(Pictures.Png(Pictures.Noise(1, 201, 1)));
        Assert.Equal(ImageRefusalKind.TooNarrow, preprocessor.OfUrl(strip, out _, out _)!.Kind);
        Assert.Null(preprocessor.OfUrl("https://x/y.png", out var patches, out var remote));
        Assert.Equal("https://x/y.png", remote!.ToString());
        Assert.Null(patches);
    }

    [Fact]
    public void Sides_of_no_whole_squares_are_refused() => Assert.Throws<InvariantBrokenException>(
        () => ImagePatches.Cut(Pictures.Noise(1, 30, 28), PreprocessorConfig.Default(Vision)));

    // Values as they are.
    private static PreprocessorConfig Plain(int patchSize) => new(patchSize, 2, 2, 1, 1000, 1, [0, 0, 0], [1, 1, 1]);
}
