using System.Text.Json.Nodes;
using Gaudi.Actors.Requests;
using Gaudi.Hpu.Execution;
using Xunit;

namespace Gaudi.Tests.Cluster.Http;

/// <summary>prompt_logprobs as vLLM gives them, and the prompt's part of echoed logprobs as OpenAI does. Rules: reference 4.5.</summary>
public sealed class PromptLogprobTests
{
    [Fact]
    public async Task Completion_has_them_in_its_choice_with_null_for_the_first_token()
    {
        await using var server = await ServerUnderTest.StartAsync();
        var answer = await server.CompleteJsonAsync("""
            "prompt":[97,98,99],"prompt_logprobs":2,"max_tokens":1
            """);
        Assert.Equal(
            """
            {"index":0,"text":"h","logprobs":null,"finish_reason":"length","stop_reason":null,"prompt_logprobs":[null,
            {"98":{"logprob":-0.125,"rank":2,"decoded_token":"b"},"99":{"logprob":0,"rank":1,"decoded_token":"c"}},
            {"99":{"logprob":-0.25,"rank":2,"decoded_token":"c"},"100":{"logprob":-0.125,"rank":1,"decoded_token":"d"}}]}
            """.ReplaceLineEndings(""),
            answer["choices"]![0]!.ToJsonString());
    }

    [Fact]
    public async Task Chat_has_them_beside_its_choices()
    {
        await using var server = await ServerUnderTest.StartAsync();
        var answer = await server.ChatJsonAsync("""
            "prompt_logprobs":0,"max_tokens":1,"n":2
            """);
        var entries = answer["prompt_logprobs"]!.AsArray();
        Assert.Equal(21, entries.Count);
        Assert.Null(entries[0]);
        Assert.Equal("""{"117":{"logprob":-0.125,"rank":2,"decoded_token":"u"}}""", entries[1]!.ToJsonString());
        Assert.Null(answer["choices"]![0]!["prompt_logprobs"]);
    }

    [Fact]
    public async Task Every_choice_has_those_of_its_prompt()
    {
        await using var server = await ServerUnderTest.StartAsync();
        var answer = await server.CompleteJsonAsync("""
            "prompt":[[97,98],[99]],"prompt_logprobs":0,"max_tokens":1,"n":2
            """);
        const string First = """[null,{"98":{"logprob":-0.125,"rank":2,"decoded_token":"b"}}]""";
        Assert.Equal(
            [First, First, "[null]", "[null]"],
            answer["choices"]!.AsArray().Select(choice => choice!["prompt_logprobs"]!.ToJsonString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData(",\"logprobs\":1")]
    [InlineData(",\"echo\":true")]
    [InlineData(",\"echo\":true,\"logprobs\":1")]
    public async Task Answer_has_none_when_nobody_asked(string fields)
    {
        await using var server = await ServerUnderTest.StartAsync();
        Assert.DoesNotContain("prompt_logprobs", await server.CompleteAsync("\"prompt\":\"ab\"" + fields), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Minus_infinity_is_written_as_a_number()
    {
        await using var server = await ServerUnderTest.StartAsync();
        server.Engine.Instead = (_, index) => index == 0
            ? new GenerationEvent.PromptScored([new PromptScore(
                0, 1, 98, float.NegativeInfinity, 9, [new TokenLogprob(97, float.NaN)])])
            : null;
        var answer = await server.CompleteJsonAsync("""
            "prompt":[97,98],"prompt_logprobs":1
            """);
        Assert.Equal(
            """
            {"98":{"logprob":-9999,"rank":9,"decoded_token":"b"},"97":{"logprob":-9999,"rank":1,"decoded_token":"a"}}
            """.Trim(),
            answer["choices"]![0]!["prompt_logprobs"]![1]!.ToJsonString());
    }

    [Fact]
    public async Task Echo_with_logprobs_begins_with_the_prompts()
    {
        await using var server = await ServerUnderTest.StartAsync();
        server.Engine.Script = _ => TinyText.Ids("c");
        const string Fields = """
            "prompt":"ab","echo":true,"logprobs":1,"max_tokens":1
            """;
        const string Expected =
            """
            {"text_offset":[0,0,1,2],"token_logprobs":[null,-0.125,-0.25,-0.25],"tokens":["<s>","a","b","c"],
            "top_logprobs":[null,{"a":-0.125,"b":0},{"b":-0.25,"c":-0.125},{"c":-0.25}]}
            """;
        var whole = (await server.CompleteJsonAsync(Fields))["choices"]![0]!;
        Assert.Equal("abc", (string?)whole["text"]);
        Assert.Equal(Expected.ReplaceLineEndings(""), Text(whole["logprobs"]!));
        var frames = Frames.Of(await server.CompleteAsync(Fields + ",\"stream\":true")).Select(frame => frame["choices"]![0]!).ToArray();
        Assert.Equal(["abc", ""], frames.Select(choice => (string?)choice["text"]));
        Assert.Equal(Expected.ReplaceLineEndings(""), Text(frames[0]["logprobs"]!));
        Assert.Null(frames[1]["logprobs"]);
        Assert.All(server.Engine.Requests, request => Assert.Equal(1, request.PromptLogprobCount));
    }

    [Fact]
    public async Task Echo_takes_the_count_of_prompt_logprobs_where_both_are_given()
    {
        await using var server = await ServerUnderTest.StartAsync();
        var choice = (await server.CompleteJsonAsync("""
            "prompt":[97,98],"echo":true,"logprobs":3,"prompt_logprobs":0,"max_tokens":1
            """))["choices"]![0]!;
        Assert.Equal((0, 3), (server.Engine.Single.PromptLogprobCount, server.Engine.Single.Sampling.LogprobCount));
        Assert.Equal("""[null,{"b":-0.125},{"h":-0.25,"i":-1.25,"j":-2.25}]""", Text(choice["logprobs"]!["top_logprobs"]!));
        Assert.Equal(2, choice["prompt_logprobs"]!.AsArray().Count);
    }

    private static string Text(JsonNode node) => node.ToJsonString(
        new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
