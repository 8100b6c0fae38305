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
            "usage":{"prompt_tokens":3,"total_tokens":9,"completion_tokens":6}}
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
            "usage":{"prompt_tokens":21,"total_tokens":27,"completion_tokens":6}}
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
            + Head + """[],"usage":{"prompt_tokens":21,"total_tokens":23,"completion_tokens":2}}""" + "\n\n"
            + "data: [DONE]\n\n",
            await server.ChatAsync("""
                "stream":true,"stream_options":{"include_usage":true}
                """));
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
