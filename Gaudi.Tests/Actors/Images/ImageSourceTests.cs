using Gaudi.Actors.Images;
using Gaudi.Actors.Settings;
using Xunit;

namespace Gaudi.Tests.Actors.Images;

public sealed class ImageSourceTests
{
    private static readonly ImageLimits Limits = new(EncodedBytesMax: 8, PixelsMax: 100, MediaDomains.None);

    [Theory]
    [InlineData("data:image/png;base64,AQID")]
    [InlineData("DATA:Image/PNG;BASE64,AQID")]
    [InlineData("data:image/png;charset=utf-8;base64,AQID")]
    public void A_data_uri_gives_its_bytes(string url)
    {
        Assert.Null(ImageSource.Read(url, Limits, out var source));
        Assert.Equal([1, 2, 3], source!.Bytes.ToArray());
        Assert.Null(source.Remote);
    }

    [Fact]
    public void Bytes_are_counted_without_padding_and_before_they_are_decoded()
    {
        Assert.Null(ImageSource.Read(Pictures.Uri(new byte[8]), Limits, out var source));
        Assert.Equal(8, source!.Bytes.Length);
        var refusal = Refused(Pictures.Uri(new byte[9]));
        Assert.Equal(ImageRefusalKind.TooManyBytes, refusal.Kind);
        Assert.Equal("an image has at most 8 bytes, came 9; send a smaller one", refusal.Message);
        Assert.Equal(ImageRefusalKind.TooManyBytes, Refused("data:image/png;base64," + new string('!', 100)).Kind);
    }

    [Theory]
    [InlineData("data:image/png;base64,AQ!D", ImageRefusalKind.Corrupt)]
    [InlineData("data:image/png;base64,AQI", ImageRefusalKind.Corrupt)]
    [InlineData("data:image/png,AQID", ImageRefusalKind.Corrupt)]
    [InlineData("data:image/png;base64", ImageRefusalKind.Corrupt)]
    [InlineData("data:", ImageRefusalKind.Corrupt)]
    [InlineData("data:text/plain;base64,AQID", ImageRefusalKind.UnknownFormat)]
    [InlineData("data:;base64,AQID", ImageRefusalKind.UnknownFormat)]
    [InlineData("http://example.org/a.png", ImageRefusalKind.FetchNotAllowed)]
    [InlineData("HTTPS://example.org/a.png", ImageRefusalKind.FetchNotAllowed)]
    [InlineData("file:///etc/passwd", ImageRefusalKind.UnknownScheme)]
    [InlineData("ftp://example.org/a.png", ImageRefusalKind.UnknownScheme)]
    [InlineData("/etc/passwd", ImageRefusalKind.UnknownScheme)]
    [InlineData("AQID", ImageRefusalKind.UnknownScheme)]
    [InlineData("", ImageRefusalKind.UnknownScheme)]
    public void What_is_no_image_in_the_request_is_refused(string url, ImageRefusalKind kind) =>
        Assert.Equal(kind, Refused(url).Kind);

    [Fact]
    public void A_refusal_shows_the_beginning_of_an_address_alone() =>
        Assert.Contains($"came '{new string('a', 40)}...'", Refused(new string('a', 5000)).Message);

    [Fact]
    public void An_address_is_given_out_where_fetching_is_allowed()
    {
        var limits = Limits with { Domains = new MediaDomains(["Example.org", "192.0.2.7"]) };
        Assert.Null(ImageSource.Read("https://example.org/a.png", limits, out var source));
        Assert.Equal("https://example.org/a.png", source!.Remote!.ToString());
        Assert.True(source.Bytes.IsEmpty);
        Assert.Null(ImageSource.Read("http://192.0.2.7:8080/a.png", limits, out _));
        Assert.Equal(ImageRefusalKind.UnknownScheme, ImageSource.Read("file:///etc/passwd", limits, out _)!.Kind);
    }

    [Theory]
    [InlineData("https://other.org/a.png")]
    [InlineData("https://images.example.org/a.png")]
    [InlineData("https://example.org.evil.net/a.png")]
    [InlineData("https://example.org@evil.net/a.png")]
    [InlineData("https://evil.net#@example.org/")]
    [InlineData("http://127.0.0.1/a.png")]
    public void An_address_elsewhere_is_refused_by_its_host(string url)
    {
        var limits = Limits with { Domains = new MediaDomains(["example.org"]) };
        var refusal = ImageSource.Read(url, limits, out var source);
        Assert.Equal(ImageRefusalKind.FetchNotAllowed, refusal!.Kind);
        Assert.StartsWith("this server fetches images from example.org alone, came", refusal.Message, StringComparison.Ordinal);
        Assert.Null(source);
    }

    private static ImageRefusal Refused(string url)
    {
        var refusal = ImageSource.Read(url, Limits, out var source);
        Assert.Null(source);
        return Assert.IsType<ImageRefusal>(refusal);
    }
}
