using System.Net;
using System.Text.Json.Nodes;
using Gaudi.Actors.Requests;
using Xunit;

namespace Gaudi.Tests.Cluster.Http;

/// <summary>`echo` with `max_tokens` 0 answers with the prompt and no token more, as vLLM has it.</summary>
public sealed class PromptAloneTests
{
    private const string Ask = """
        "prompt":"ab","echo":true,"max_tokens":0
        """;

    public static TheoryData<string> Scripts => ["hello", ""];

    // An empty script ends at its first token: also then it is the length that ended the answer.
    [Theory]
    [MemberData(nameof(Scripts))]
    public async Task Whole_answer_is_the_prompt_with_no_token_counted(string script)
    {
        await using var server = await ServerUnderTest.StartAsync();
        server.Engine.Script = _ => TinyText.Ids(script);
        var answer = await server.CompleteJsonAsync(Ask);
        Assert.Equal(
            """[{"index":0,"text":"ab","logprobs":null,"finish_reason":"length","stop_reason":null}]""", answer["choices"]!.ToJsonString());
        Assert.Equal(
            (3, 0, 3),
            ((int)answer["usage"]!["prompt_tokens"]!, (int)answer["usage"]!["completion_tokens"]!, (int)answer["usage"]!["total_tokens"]!));
        Assert.Equal(1, server.Engine.Single.TokensMax);
    }

    [Fact]
    public async Task Streamed_answer_is_one_frame_and_the_usage()
    {
        await using var server = await ServerUnderTest.StartAsync();
        var frames = Frames.Of(await server.CompleteAsync(Ask + """
            ,"stream":true,"stream_options":{"include_usage":true},"return_token_ids":true
            """));
        Assert.Equal(2, frames.Length);
        Assert.Equal(
            """{"index":0,"text":"ab","logprobs":null,"finish_reason":"length","stop_reason":null,"prompt_token_ids":[259,97,98],"token_ids":[]}""",
            frames[0]["choices"]![0]!.ToJsonString());
        Assert.Equal(0, (int)frames[1]["usage"]!["completion_tokens"]!);
    }

    [Theory]
    [InlineData("")]
    [InlineData(",\"stream\":true")]
    public async Task Logprobs_are_those_of_the_prompt(string stream)
    {
        await using var server = await ServerUnderTest.StartAsync();
        var text = await server.CompleteAsync(Ask + ",\"logprobs\":1" + stream);
        var choice = (stream == "" ? JsonNode.Parse(text)! : Assert.Single(Frames.Of(text)))["choices"]![0]!;
        Assert.Equal(
            """{"text_offset":[0,0,1],"token_logprobs":[null,-0.125,-0.25],"tokens":["<s>","a","b"],"top_logprobs":[null,{"a":-0.125,"b":0},{"b":-0.25,"c":-0.125}]}""",
            choice["logprobs"]!.ToJsonString(Relaxed));
        Assert.Equal(("ab", "length"), ((string?)choice["text"], (string?)choice["finish_reason"]));
    }

    [Fact]
    public async Task Prompt_logprobs_are_told_as_always()
    {
        await using var server = await ServerUnderTest.StartAsync();
        var choice = (await server.CompleteJsonAsync("""
            "prompt":[97,98],"echo":true,"max_tokens":0,"prompt_logprobs":0
            """))["choices"]![0]!;
        Assert.Equal(
            """[null,{"98":{"logprob":-0.125,"rank":2,"decoded_token":"b"}}]""", choice["prompt_logprobs"]!.ToJsonString());
    }

    [Theory]
    [InlineData("")]
    [InlineData(",\"stream\":true")]
    public async Task Every_choice_of_every_prompt_is_its_prompt(string stream)
    {
        await using var server = await ServerUnderTest.StartAsync();
        var text = await server.CompleteAsync("""
            "prompt":["a","bc"],"echo":true,"max_tokens":0,"n":2
            """ + stream);
        var choices = (stream == "" ? [JsonNode.Parse(text)!] : Frames.Of(text)).SelectMany(frame => frame["choices"]!.AsArray())
            .OrderBy(choice => (int)choice!["index"]!).ToArray();
        Assert.Equal(["a", "a", "bc", "bc"], choices.Select(choice => (string?)choice!["text"]));
        Assert.All(choices, choice => Assert.Equal("length", (string?)choice!["finish_reason"]));
    }

    [Theory]
    [InlineData("\"prompt\":\"a\",\"max_tokens\":0", "max_tokens", "Expected `max_tokens` to be an integer of at least 1, got 0.")]
    [InlineData(
        "\"prompt\":\"a\",\"max_tokens\":0,\"echo\":false", "max_tokens", "Expected `max_tokens` to be an integer of at least 1, got 0.")]
    [InlineData(
        "\"prompt\":\"a\",\"max_tokens\":-1,\"echo\":true", "max_tokens", "Expected `max_tokens` to be an integer of at least 0, got -1.")]
    [InlineData(
        "\"prompt\":\"a\",\"max_tokens\":0,\"echo\":true,\"min_tokens\":1", "min_tokens",
        "Expected `min_tokens` to be at most max_tokens, which is 0, got 1.")]
    public async Task No_token_needs_an_echo(string fields, string param, string message)
    {
        await using var server = await ServerUnderTest.StartAsync();
        using var response = await server.PostAsync("/v1/completions", $"{{{fields}}}");
        var error = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!;
        Assert.Equal((HttpStatusCode.BadRequest, param, message), (response.StatusCode, (string?)error["param"], (string?)error["message"]));
        Assert.Empty(server.Engine.Requests);
    }

    [Fact]
    public async Task Chat_needs_a_token_with_echo_too()
    {
        await using var server = await ServerUnderTest.StartAsync();
        using var response = await server.PostAsync(
            "/v1/chat/completions", """{"messages":[{"role":"user","content":"a"}],"echo":true,"max_tokens":0}""");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task Engine_that_stops_ends_it_with_abort()
    {
        await using var server = await ServerUnderTest.StartAsync();
        server.Engine.Instead = (_, index) => index == 0 ? new GenerationEvent.Finished(FinishReason.Abort, null) : null;
        Assert.Equal("abort", (string?)(await server.CompleteJsonAsync(Ask))["choices"]![0]!["finish_reason"]);
    }

    private static System.Text.Json.JsonSerializerOptions Relaxed { get; } = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}
