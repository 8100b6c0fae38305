using System.Collections.Immutable;
using System.Net;
using System.Text.Json.Nodes;
using Gaudi.Actors.Requests;
using Gaudi.Cluster.Http;
using Gaudi.Hpu.Execution;
using Xunit;

namespace Gaudi.Tests.Cluster.Http;

/// <summary>Images in a conversation: where they stand in the prompt, and what is refused.</summary>
public sealed class ImagePartTests
{
    private const string TwoImages = """
        {"role":"user","content":[
          {"type":"text","text":"ab"}, {"type":"image_url","image_url":{"url":"data:2x3"}}, {"type":"text","text":"c"},
          {"type":"image_url","image_url":"data:1x1"}]}
        """;

    [Fact]
    public async Task Each_image_takes_as_many_tokens_as_its_grid_where_the_template_put_it()
    {
        await using var server = await StartAsync();
        using var response = await server.PostAsync("/v1/chat/completions", $$"""{"max_tokens":1,"messages":[{{TwoImages}}]}""");
        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.True(response.IsSuccessStatusCode, answer.ToJsonString());
        Assert.Equal(10, (int)answer["usage"]!["prompt_tokens"]!);
        var request = server.Engine.Requests.Single();
        int[] image = [.. Enumerable.Repeat(TinyText.Bos, 6)];
        Assert.Equal([97, 98, .. image, 99, TinyText.Bos], request.PromptTokenIds.ToArray());
        Assert.Equal([(2, 2, 3), (9, 1, 1)], request.Images.Select(one => (one.FirstPosition, one.RowCount, one.ColumnCount)));
        Assert.Equal([new CacheItem("hash of data:2x3", 2, 6), new CacheItem("hash of data:1x1", 9, 1)], request.CacheKeys.Items.ToArray());
        Assert.Equal(18, request.Images[0].Pixels.Length);
    }

    [Theory]
    [InlineData("""[{"type":"image_url","image_url":{"url":"http://x/y.png"}}]""", "messages[0].content", "no data: http://x/y.png")]
    [InlineData("""[{"type":"image_url"}]""", "messages[0].content[0]", "Expected `messages[0].content[0]` to be a part of the form")]
    [InlineData("""[{"type":"image_url","image_url":{"url":5}}]""", "url", "Expected `url` to be a string, got 5.")]
    [InlineData("""[{"type":"video_url","video_url":{"url":"data:1x1"}}]""", "messages[0].content[0]", "Expected `messages[0].content[0]` to be")]
    [InlineData("\"a <s> b\"", "messages", "Expected a place in the prompt for each of 0 images, got 1")]
    [InlineData("""[{"type":"image_url","image_url":{"url":"data:9x9"}},{"type":"image_url","image_url":{"url":"data:9x9"}}]""", "messages",
        "This model's maximum context length is 100 tokens. However, you requested a prompt of 162 tokens with its images")]
    [InlineData("""[{"type":"image_url","image_url":{"url":"data:900x1"}}]""", "messages", "Expected images of at most 300 pixels together")]
    public async Task Image_that_cannot_be_taken_is_a_bad_request(string content, string param, string message)
    {
        await using var server = await StartAsync();
        using var response = await server.PostAsync(
            "/v1/chat/completions", $$"""{"messages":[{"role":"user","content":{{content}}}]}""");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var error = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!;
        Assert.StartsWith(message, (string?)error["message"], StringComparison.Ordinal);
        Assert.Equal(param, (string?)error["param"]);
        Assert.Empty(server.Engine.Requests);
    }

    [Fact]
    public async Task Model_that_reads_text_alone_says_so()
    {
        await using var server = await ServerUnderTest.StartAsync();
        using var response = await server.PostAsync("/v1/chat/completions", $$"""{"messages":[{{TwoImages}}]}""");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("this model reads text only", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static Task<ServerUnderTest> StartAsync() => ServerUnderTest.StartAsync(
        settings => settings with { ImageBytesMax = 900 }, model => model with { Template = ImageChat.Template, Images = new FakeIntake() });

    // data:RxC is an image of so many tokens, a pixel each.
    private sealed class FakeIntake : IImageIntake
    {
        public int PlaceholderTokenId => TinyText.Bos;

        public Task<TakenImage> TakeAsync(string url, CancellationToken cancellation)
        {
            if (!url.StartsWith("data:", StringComparison.Ordinal))
                throw new ImageRefusedException($"no data: {url}");
            var sides = url["data:".Length..].Split('x').Select(int.Parse).ToArray();
            return Task.FromResult(
                new TakenImage(sides[0], sides[1], [.. new byte[sides[0] * sides[1] * 3]], $"hash of {url}"));
        }
    }
}
