using Xunit;

namespace Gaudi.Tests.Cluster.Http;

public sealed class AnswerGoldenTests
{
    [Fact]
    public async Task Completion_is_exactly_this_body()
    {
        await using var server = await ServerUnderTest.StartAsync();
        Assert.Equal(
            """
            {"id":"cmpl-r1","object":"text_completion","created":1700000000,"model":"tiny",
            "choices":[{"index":0,"text":"hello","logprobs":null,"finish_reason":"stop","stop_reason":null}],
            "usage":{"prompt_tokens":3,"total_tokens":9,"completion_tokens":6,"prompt_tokens_details":{"cached_tokens":0}}}
            """.ReplaceLineEndings(""),
            await server.CompleteAsync("""
                "prompt":"Hi"
                """));
    }

    [Fact]
    public async Task Chat_is_exactly_this_body()
    {
        await using var server = await ServerUnderTest.StartAsync();
        Assert.Equal(
            """
            {"id":"chatcmpl-r1","object":"chat.completion","created":1700000000,"model":"tiny",
            "choices":[{"index":0,"message":{"role":"assistant","content":"hello","refusal":null},
            "logprobs":null,"finish_reason":"stop","stop_reason":null}],
            "usage":{"prompt_tokens":21,"total_tokens":27,"completion_tokens":6,"prompt_tokens_details":{"cached_tokens":0}}}
            """.ReplaceLineEndings(""),
            await server.ChatAsync("""
                "seed":1
                """));
    }

    [Fact]
    public async Task Streamed_chat_is_exactly_these_frames()
    {
        await using var server = await ServerUnderTest.StartAsync();
        server.Engine.Script = _ => TinyText.Ids("né");
        const string Head = """data: {"id":"chatcmpl-r1","object":"chat.completion.chunk","created":1700000000,"model":"tiny","choices":""";
        Assert.Equal(
            Head + """[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]}""" + "\n\n"
            + Head + """[{"index":0,"delta":{"content":"n"},"logprobs":null,"finish_reason":null}]}""" + "\n\n"
            + Head + """[{"index":0,"delta":{"content":"é"},"logprobs":null,"finish_reason":null}]}""" + "\n\n"
            + Head + """[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}]}""" + "\n\n"
            + "data: [DONE]\n\n",
            await server.ChatAsync("""
                "stream":true
                """));
    }

    [Fact]
    public async Task Streamed_chat_with_usage_has_null_in_every_frame_and_the_counts_in_a_last_one()
    {
        await using var server = await ServerUnderTest.StartAsync();
        server.Engine.Script = _ => TinyText.Ids("a");
        const string Head = """data: {"id":"chatcmpl-r1","object":"chat.completion.chunk","created":1700000000,"model":"tiny","choices":""";
        Assert.Equal(
            Head + """[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}],"usage":null}""" + "\n\n"
            + Head + """[{"index":0,"delta":{"content":"a"},"logprobs":null,"finish_reason":null}],"usage":null}""" + "\n\n"
            + Head + """[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}],"usage":null}""" + "\n\n"
            + Head + """[],"usage":{"prompt_tokens":21,"total_tokens":23,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":0}}}""" + "\n\n"
            + "data: [DONE]\n\n",
            await server.ChatAsync("""
                "stream":true,"stream_options":{"include_usage":true}
                """));
    }

    [Fact]
    public async Task Streamed_usage_is_in_every_frame_when_asked_for()
    {
        await using var server = await ServerUnderTest.StartAsync();
        server.Engine.Script = _ => TinyText.Ids("ab");
        var frames = Frames.Of(await server.CompleteAsync("""
            "prompt":"Hi","stream":true,"stream_options":{"include_usage":true,"continuous_usage_stats":true}
            """));
        Assert.Equal([1, 2, 3, 3], frames.Select(frame => (int)frame["usage"]!["completion_tokens"]!));
        Assert.Equal([4, 5, 6, 6], frames.Select(frame => (int)frame["usage"]!["total_tokens"]!));
    }

    [Fact]
    public async Task Streamed_choices_open_together_and_each_keeps_its_order_and_end()
    {
        await using var server = await ServerUnderTest.StartAsync();
        server.Engine.Script = request => TinyText.Ids($"{request.Choice}abc");
        var choices = Frames.Of(await server.ChatAsync("""
            "stream":true,"n":3
            """)).Select(frame => frame["choices"]![0]!).ToArray();
        Assert.Equal([0, 1, 2], choices[..3].Select(choice => (int)choice["index"]!));
        Assert.All(choices[..3], choice => Assert.Equal("assistant", (string?)choice["delta"]!["role"]));
        for (var index = 0; index < 3; index++)
        {
            var own = choices[3..].Where(choice => (int)choice["index"]! == index).ToArray();
            Assert.Equal($"{index}abc", string.Concat(own.Select(choice => (string?)choice["delta"]!["content"])));
            Assert.Equal("stop", (string?)own[^1]["finish_reason"]);
            Assert.All(own[..^1], choice => Assert.Null(choice["finish_reason"]));
        }
    }

    [Fact]
    public async Task Stream_is_declared_as_one()
    {
        await using var server = await ServerUnderTest.StartAsync();
        using var response = await server.PostAsync("/v1/completions", """{"prompt":"a","stream":true}""");
        Assert.Equal("text/event-stream; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        Assert.Equal("no-cache", response.Headers.CacheControl?.ToString());
    }

    [Fact]
    public async Task Text_is_written_as_it_is()
    {
        await using var server = await ServerUnderTest.StartAsync();
        server.Engine.Script = _ => TinyText.Ids("<b>'é中😀\n");
        Assert.Contains("""
            "text":"<b>'é中
            """.Trim(), await server.CompleteAsync("""
            "prompt":"a"
            """), StringComparison.Ordinal);
        Assert.Equal(
            "<b>'é中😀\n",
            (string?)(await server.CompleteJsonAsync("""
                "prompt":"a"
                """))["choices"]![0]!["text"]);
    }

    [Fact]
    public async Task Streamed_completion_is_exactly_these_frames()
    {
        await using var server = await ServerUnderTest.StartAsync();
        server.Engine.Script = _ => TinyText.Ids("ab");
        const string Head = """data: {"id":"cmpl-r1","object":"text_completion","created":1700000000,"model":"tiny","choices":""";
        Assert.Equal(
            Head + """[{"index":0,"text":"a","logprobs":null,"finish_reason":null,"stop_reason":null}]}""" + "\n\n"
            + Head + """[{"index":0,"text":"b","logprobs":null,"finish_reason":null,"stop_reason":null}]}""" + "\n\n"
            + Head + """[{"index":0,"text":"","logprobs":null,"finish_reason":"length","stop_reason":null}]}""" + "\n\n"
            + "data: [DONE]\n\n",
            await server.CompleteAsync("""
                "prompt":"Hi","stream":true,"max_tokens":2
                """));
    }
}
