using System.Net;
using System.Text.Json.Nodes;
using Gaudi.Actors.Images;
using Gaudi.Actors.Settings;
using Gaudi.Actors.Text;
using Gaudi.Cluster.Http;
using Gaudi.Hpu.Models.Vision;
using Gaudi.Tests.Actors.Images;
using Xunit;

namespace Gaudi.Tests.Cluster.Http;

/// <summary>Images by address: from a real host of images, through the intake and the server.</summary>
public sealed class MediaFetcherTests
{
    private const int FileBytesMax = 200_000;

    private static readonly PreprocessorConfig Preprocessor =
        PreprocessorConfig.Default(new VisionConfig(1, 32, 64, 4, 64, 14, 2, 2, 3));

    private static readonly byte[] Png = Pictures.Png(Pictures.Noise(1, 84, 56));

    private static MediaSettings Settings(params string[] domains) => new(
        new MediaDomains([.. domains]), FollowsRedirects: true, FileBytesMax, TimeSpan.FromMinutes(1));

    private static ImageIntake Intake(MediaFetcher fetcher) => new(
        TinyText.Bos, Preprocessor, new ImageLimits(100_000_000, 1_000_000, fetcher.Settings.Domains), fetcher);

    [Fact]
    public async Task Image_by_address_is_the_image_of_its_file()
    {
        await using var host = await MediaServer.StartAsync(new() { ["/a.png"] = Png });
        using var fetcher = new MediaFetcher(Settings("127.0.0.1"), TimeProvider.System);
        var byAddress = await Intake(fetcher).TakeAsync(host.Url("/a.png"), CancellationToken.None);
        var byData = await Intake(fetcher).TakeAsync(Pictures.Uri(Png), CancellationToken.None);
        Assert.Equal((2, 3), (byAddress.RowCount, byAddress.ColumnCount));
        Assert.Equal(byData.ContentHash, byAddress.ContentHash);
        Assert.Equal(byData.Pixels.ToArray(), byAddress.Pixels.ToArray());
        Assert.Equal(["/a.png"], host.Asked);
    }

    [Theory]
    [InlineData("/missing", "its host answered with status 404")]
    [InlineData("/text", "An image is PNG or JPEG, came other bytes")]
    [InlineData("/cut.png", "of this one it is cut off")]
    [InlineData("/large", "its file has more than 200000 bytes")]
    [InlineData("/endless", "its file has more than 200000 bytes")]
    [InlineData("/elsewhere", "it leads to 'localhost', from where this server fetches no images")]
    [InlineData("/file", "it leads to '', from where this server fetches no images")]
    [InlineData("/round", "it is redirected more than 5 times")]
    public async Task What_is_no_allowed_image_is_refused_with_its_cause(string path, string cause)
    {
        await using var host = await MediaServer.StartAsync(
            new()
            {
                ["/text"] = "<html>"u8.ToArray(), ["/cut.png"] = Png[..^400], ["/large"] = new byte[FileBytesMax + 1], ["/secret"] = Png,
            },
            new()
            {
                ["/elsewhere"] = "http://localhost:{port}/secret", ["/file"] = "file:///etc/passwd", ["/round"] = "/round",
            });
        using var fetcher = new MediaFetcher(Settings("127.0.0.1"), TimeProvider.System);
        var refused = await Assert.ThrowsAsync<ImageRefusedException>(
            () => Intake(fetcher).TakeAsync(host.Url(path), CancellationToken.None));
        Assert.Contains(cause, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("/secret", host.Asked);
        if (path == "/endless")
            await host.Left.Task; // The rest was not read.
    }

    [Fact]
    public async Task Redirects_to_allowed_hosts_are_followed_unless_they_are_off()
    {
        await using var host = await MediaServer.StartAsync(
            new() { ["/a.png"] = Png }, new() { ["/here"] = "http://localhost:{port}/there", ["/there"] = "/a.png" });
        using var fetcher = new MediaFetcher(Settings("127.0.0.1", "localhost"), TimeProvider.System);
        Assert.Equal(2, (await Intake(fetcher).TakeAsync(host.Url("/here"), CancellationToken.None)).RowCount);
        Assert.Equal(["/here", "/there", "/a.png"], host.Asked);
        using var strict = new MediaFetcher(
            Settings("127.0.0.1", "localhost") with { FollowsRedirects = false }, TimeProvider.System);
        var refused = await Assert.ThrowsAsync<ImageRefusedException>(
            () => Intake(strict).TakeAsync(host.Url("/here"), CancellationToken.None));
        Assert.Contains("it is redirected, which this server does not follow", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Host_that_does_not_answer_in_time_or_at_all_is_the_cause()
    {
        await using var host = await MediaServer.StartAsync([]);
        using var fetcher = new MediaFetcher(
            Settings("127.0.0.1", "no.such.host.invalid") with { Timeout = TimeSpan.FromMilliseconds(50) }, TimeProvider.System);
        var late = await Assert.ThrowsAsync<ImageRefusedException>(
            () => Intake(fetcher).TakeAsync(host.Url("/never"), CancellationToken.None));
        Assert.Contains("it did not come whole within 50 ms", late.Message, StringComparison.Ordinal);
        using var patient = new MediaFetcher(Settings("127.0.0.1"), TimeProvider.System);
        var closed = host.Url("/a.png");
        await host.DisposeAsync();
        var gone = await Assert.ThrowsAsync<ImageRefusedException>(() => Intake(patient).TakeAsync(closed, CancellationToken.None));
        Assert.Contains("its host cannot be reached", gone.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_with_an_address_is_served_or_refused_by_the_configuration()
    {
        await using var host = await MediaServer.StartAsync(new() { ["/a.png"] = Png });
        foreach (var (domains, status, text) in new (string[], HttpStatusCode, string)[]
                 {
                     ([], HttpStatusCode.BadRequest, "This server fetches no images, came"),
                     (["other.org"], HttpStatusCode.BadRequest, "This server fetches images from other.org alone, came"),
                     (["127.0.0.1"], HttpStatusCode.OK, "\"prompt_tokens\":7"),
                 })
        {
            using var fetcher = new MediaFetcher(Settings(domains), TimeProvider.System);
            await using var server = await StartAsync(Intake(fetcher));
            using var response = await server.PostAsync("/v1/chat/completions", Body(host.Url("/a.png")));
            Assert.Equal(status, response.StatusCode);
            var answer = await response.Content.ReadAsStringAsync();
            Assert.Contains(text, answer.Replace(": ", ":", StringComparison.Ordinal), StringComparison.Ordinal);
            if (status == HttpStatusCode.BadRequest)
                Assert.Equal("messages[0].content", (string?)JsonNode.Parse(answer)!["error"]!["param"]);
        }
        Assert.Equal(["/a.png"], host.Asked);
    }

    [Fact]
    public async Task Client_that_leaves_ends_the_fetch()
    {
        await using var host = await MediaServer.StartAsync([]);
        using var fetcher = new MediaFetcher(Settings("127.0.0.1"), TimeProvider.System);
        await using var server = await StartAsync(Intake(fetcher));
        using var leaving = new CancellationTokenSource();
        using var content = new StringContent(Body(host.Url("/never")), System.Text.Encoding.UTF8, "application/json");
        var asked = server.Client.PostAsync("/v1/chat/completions", content, leaving.Token);
        await host.Came.Task;
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        await host.Left.Task;
        Assert.Empty(server.Engine.Requests);
    }

    private static string Body(string url) =>
        """{"max_tokens":1,"messages":[{"role":"user","content":[{"type":"text","text":"a"},"""
        + $$"""{"type":"image_url","image_url":"{{url}}"}]}]}""";

    private static Task<ServerUnderTest> StartAsync(IImageIntake intake) => ServerUnderTest.StartAsync(
        settings => settings with { ImageBytesMax = 900_000 }, model => model with { Template = ImageChat.Template, Images = intake });
}
