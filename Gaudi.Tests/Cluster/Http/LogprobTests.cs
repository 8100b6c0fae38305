using Gaudi.Actors.Requests;
using Gaudi.Hpu.Execution;
using Xunit;

namespace Gaudi.Tests.Cluster.Http;

public sealed class LogprobTests
{
    [Fact]
    public async Task Chat_logprobs_are_exactly_these()
    {
        await using var server = await ServerUnderTest.StartAsync();
        server.Engine.Script = _ => [97];
        var answer = await server.ChatJsonAsync("""
            "logprobs":true,"top_logprobs":2
            """);
        Assert.Equal(
            """
            {"content":[
            {"token":"a","logprob":-0.25,"bytes":[97],"top_logprobs":[
            {"token":"a","logprob":-0.25,"bytes":[97]},{"token":"b","logprob":-1.25,"bytes":[98]}]},
            {"token":"<|endoftext|>","logprob":-0.5,"bytes":[60,124,101,110,100,111,102,116,101,120,116,124,62],"top_logprobs":[
            {"token":"<|endoftext|>","logprob":-0.5,"bytes":[60,124,101,110,100,111,102,116,101,120,116,124,62]},
            {"token":"<|im_start|>","logprob":-1.5,"bytes":[60,124,105,109,95,115,116,97,114,116,124,62]}]}]}
            """.ReplaceLineEndings(""),
            Text(answer["choices"]![0]!["logprobs"]!));
    }

    [Fact]
    public async Task Completion_logprobs_are_exactly_these()
    {
        await using var server = await ServerUnderTest.StartAsync();
        server.Engine.Script = _ => TinyText.Ids("aéb");
        var answer = await server.CompleteJsonAsync("""
            "prompt":"a","logprobs":2,"max_tokens":4
            """);
        Assert.Equal(
            """
            {"text_offset":[0,1,1,2],"token_logprobs":[-0.25,-0.5,-0.75,-1],"tokens":["a","�","�","b"],
            "top_logprobs":[{"a":-0.25,"b":-1.25},{"�":-0.5},{"�":-0.75},{"b":-1,"c":-2}]}
            """.ReplaceLineEndings(""),
            Text(answer["choices"]![0]!["logprobs"]!));
    }

    [Theory]
    [InlineData("\"logprobs\":true", 0)]
    [InlineData("\"logprobs\":true,\"top_logprobs\":0", 0)]
    [InlineData("\"logprobs\":true,\"top_logprobs\":20", 20)]
    [InlineData("\"logprobs\":false,\"top_logprobs\":0", null)]
    [InlineData("\"logprobs\":null", null)]
    public async Task Chat_asks_the_engine_for_as_many_as_the_client(string fields, int? count)
    {
        await using var server = await ServerUnderTest.StartAsync();
        var answer = await server.ChatJsonAsync(fields);
        Assert.Equal(count, server.Engine.Single.Sampling.LogprobCount);
        Assert.Equal(count != null, answer["choices"]![0]!["logprobs"] != null);
    }

    [Fact]
    public async Task Whole_vocabulary_is_given_where_the_server_allows_it()
    {
        await using var server = await ServerUnderTest.StartAsync(settings => settings with { LogprobsMax = -1 });
        await server.CompleteAsync("""
            "prompt":"a","logprobs":-1
            """);
        Assert.Equal(TinyText.VocabularySize, server.Engine.Single.Sampling.LogprobCount);
    }

    [Fact]
    public async Task Tokens_are_named_by_id_when_asked_for()
    {
        await using var server = await ServerUnderTest.StartAsync();
        server.Engine.Script = _ => [97];
        var chat = await server.ChatAsync("""
            "logprobs":true,"top_logprobs":1,"return_tokens_as_token_ids":true,"max_tokens":1
            """);
        Assert.Contains(
            """
            [{"token":"token_id:97","logprob":-0.25,"bytes":[97],"top_logprobs":[{"token":"token_id:97","logprob":-0.25,"bytes":[97]}]}]
            """.Trim(), chat, StringComparison.Ordinal);
        var completion = await server.CompleteAsync("""
            "prompt":"a","logprobs":2,"return_tokens_as_token_ids":true,"max_tokens":1
            """);
        Assert.Contains(
            """
            "tokens":["token_id:97"],"top_logprobs":[{"token_id:97":-0.25,"token_id:98":-1.25}]
            """.Trim(), completion, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Streamed_logprobs_come_with_the_text_they_lead_to_and_are_the_same_as_whole()
    {
        await using var server = await ServerUnderTest.StartAsync();
        server.Engine.Script = _ => TinyText.Ids("aéb");
        var whole = await server.ChatJsonAsync("""
            "logprobs":true,"top_logprobs":1
            """);
        var frames = Frames.Of(await server.ChatAsync("""
            "logprobs":true,"top_logprobs":1,"stream":true
            """)).Select(frame => frame["choices"]![0]!).ToArray();
        Assert.Equal(
            [0, 1, 2, 1, 1], frames.Select(choice => choice["logprobs"]?["content"]!.AsArray().Count ?? 0));
        Assert.Equal(
            whole["choices"]![0]!["logprobs"]!["content"]!.AsArray().Select(item => item!.ToJsonString()),
            frames.SelectMany(choice => choice["logprobs"]?["content"]!.AsArray() ?? [])
                .Select(item => item!.ToJsonString()));
    }

    [Fact]
    public async Task Minus_infinity_is_written_as_a_number()
    {
        await using var server = await ServerUnderTest.StartAsync();
        server.Engine.Instead = (request, index) => index == 0
            ? new GenerationEvent.Token(
                request.PromptTokenIds.Length, 97, float.NegativeInfinity, [new TokenLogprob(98, float.NaN)])
            : null;
        var answer = await server.ChatAsync("""
            "logprobs":true,"top_logprobs":1,"max_tokens":1
            """);
        Assert.Contains(
            """
            "logprob":-9999,"bytes":[97],"top_logprobs":[{"token":"b","logprob":-9999,
            """.Trim(), answer, StringComparison.Ordinal);
    }

    private static string Text(System.Text.Json.Nodes.JsonNode node) => node.ToJsonString(
        new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
