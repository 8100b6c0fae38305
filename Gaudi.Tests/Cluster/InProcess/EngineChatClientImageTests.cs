using System.Collections.Immutable;
using Gaudi.Cluster.Http;
using Gaudi.Cluster.Http.Metrics;
using Gaudi.Cluster.InProcess;
using Gaudi.Tests.Cluster.Http;
using Microsoft.Extensions.AI;
using Xunit;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;

namespace Gaudi.Tests.Cluster.InProcess;

/// <summary>Images of Microsoft.Extensions.AI go the way of HTTP's.</summary>
public sealed class EngineChatClientImageTests
{
    private static readonly byte[] File = [1, 2, 3];

    [Fact]
    public async Task Data_and_links_of_images_reach_the_intake_where_they_stand()
    {
        var intake = new KeepingIntake();
        var engine = new FakeEngine();
        using var chat = Chat(engine, model => model with { Template = ImageChat.Template, Images = intake });
        await chat.GetResponseAsync(
        [
            new ChatMessage(ChatRole.User,
            [
                new TextContent("ab"), new DataContent(File, "image/png"), new TextContent("c"),
                new UriContent("https://example.org/x.jpg", "image/jpeg"),
            ]),
        ]);
        Assert.Equal(["data:image/png;base64,AQID", "https://example.org/x.jpg"], intake.Urls);
        var request = engine.Requests.Single();
        Assert.Equal(
            [97, 98, TinyText.Bos, TinyText.Bos, 99, TinyText.Bos, TinyText.Bos], request.PromptTokenIds.ToArray());
        Assert.Equal([2, 5], request.Images.Select(image => image.FirstPosition));
    }

    [Fact]
    public async Task Model_that_reads_text_alone_refuses_as_over_HTTP()
    {
        using var chat = Chat(new FakeEngine(), model => model);
        var refused = await Assert.ThrowsAsync<ArgumentException>(() => chat.GetResponseAsync(
            [new ChatMessage(ChatRole.User, [new TextContent("a"), new DataContent(File, "image/png")])]));
        Assert.StartsWith("Expected `messages[0].content[1]` to be a part of the form", refused.Message, StringComparison.Ordinal);
        Assert.Contains("this model reads text only", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Image_that_the_intake_refuses_is_the_callers_mistake()
    {
        using var chat = Chat(
            new FakeEngine(), model => model with { Template = ImageChat.Template, Images = new KeepingIntake { Refusal = "No." } });
        var refused = await Assert.ThrowsAsync<ArgumentException>(
            () => chat.GetResponseAsync([new ChatMessage(ChatRole.User, [new DataContent(File, "image/png")])]));
        Assert.Equal("No.", refused.Message);
    }

    [Fact]
    public async Task Contents_that_are_no_images_are_refused_by_their_type()
    {
        using var chat = Chat(
            new FakeEngine(), model => model with { Template = ImageChat.Template, Images = new KeepingIntake() });
        foreach (var (content, name) in new (AIContent, string)[]
                 {
                     (new DataContent(File, "audio/wav"), "DataContent of audio/wav"),
                     (new UriContent("https://example.org/x.pdf", "application/pdf"), "UriContent of application/pdf"),
                 })
        {
            var refused = await Assert.ThrowsAsync<NotSupportedException>(
                () => chat.GetResponseAsync([new ChatMessage(ChatRole.User, [content])]));
            Assert.StartsWith(name, refused.Message, StringComparison.Ordinal);
        }
    }

    private static EngineChatClient Chat(FakeEngine engine, Func<ServedModel, ServedModel> change)
    {
        var model = change(new ServedModel(
            "tiny", "/models/tiny", TinyText.Tokenizer, TinyText.ChatMl, ServerUnderTest.ContextTokensMax, [TinyText.Eos], 0));
        var time = new FixedTime();
        var stream = new CompletionStream(
            engine, model.Tokenizer, 1, new RequestMetrics(model.ContextTokensMax), time, CancellationToken.None);
        return new EngineChatClient(
            model, new HttpServerSettings("127.0.0.1", 0) { ImageBytesMax = 900 }, stream, new CountedNumbers(), time);
    }

    // Each image has two tokens, a pixel each.
    private sealed class KeepingIntake : IImageIntake
    {
        public List<string> Urls { get; } = [];

        public string? Refusal { get; init; }

        public int PlaceholderTokenId => TinyText.Bos;

        public Task<TakenImage> TakeAsync(string url, CancellationToken cancellation)
        {
            Urls.Add(url);
            return Refusal is { } why
                ? throw new ImageRefusedException(why)
                : Task.FromResult(new TakenImage(1, 2, ImmutableArray.Create(new byte[6]), url));
        }
    }
}
