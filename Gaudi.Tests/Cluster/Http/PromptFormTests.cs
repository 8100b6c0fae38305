using System.Text.Json.Nodes;
using Xunit;

namespace Gaudi.Tests.Cluster.Http;

public sealed class PromptFormTests
{
    [Theory]
    [InlineData("\"Hi\"", "259 72 105")]
    [InlineData("[\"Hi\"]", "259 72 105")]
    [InlineData("[\"Hi\",\"\"]", "259 72 105|259")]
    [InlineData("[72,105]", "72 105")]
    [InlineData("[[72,105],[1]]", "72 105|1")]
    [InlineData("\"<|im_end|>\"", "259 258")]
    [InlineData("\"\\ud83d\\ude00\"", "259 240 159 152 128")]
    public async Task Prompt_takes_every_form(string prompt, string ids)
    {
        await using var server = await ServerUnderTest.StartAsync();
        await server.CompleteAsync($"\"prompt\":{prompt}");
        Assert.Equal(
            ids.Split('|'), server.Engine.Requests.Select(request => string.Join(' ', request.PromptTokenIds)));
    }

    [Fact]
    public async Task Special_tokens_are_not_added_when_the_client_says_so()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await server.CompleteAsync("""
            "prompt":"Hi","add_special_tokens":false
            """);
        Assert.Equal(new[] { 72, 105 }, server.Engine.Single.PromptTokenIds);
    }

    [Fact]
    public async Task Choices_are_numbered_prompt_by_prompt()
    {
        await using var server = await ServerUnderTest.StartAsync();
        server.Engine.Script = request => [request.PromptTokenIds[0], 48 + request.Choice];
        var answer = await server.CompleteJsonAsync("""
            "prompt":[[97],[98,98]],"n":2
            """);
        Assert.Equal(
            ["0 a0", "1 a1", "2 b0", "3 b1"],
            answer["choices"]!.AsArray().Select(choice => $"{choice!["index"]} {choice["text"]}"));
        Assert.Equal(
            """{"prompt_tokens":3,"total_tokens":15,"completion_tokens":12,"prompt_tokens_details":{"cached_tokens":0}}""", answer["usage"]!.ToJsonString());
    }

    [Theory]
    [InlineData("\"Hi \"", "Hi hello")]
    [InlineData("[72,105,258]", "Hihello")]
    public async Task Echo_begins_with_the_prompt(string prompt, string text)
    {
        await using var server = await ServerUnderTest.StartAsync();
        var whole = await server.CompleteJsonAsync($"\"prompt\":{prompt},\"echo\":true");
        Assert.Equal(text, (string?)whole["choices"]![0]!["text"]);
        var streamed = await server.CompleteAsync($"\"prompt\":{prompt},\"echo\":true,\"stream\":true");
        Assert.Equal(text, string.Concat(Frames.Of(streamed).Select(frame => (string?)frame["choices"]![0]!["text"])));
    }

    [Fact]
    public async Task Token_ids_come_with_the_answer_when_asked_for()
    {
        await using var server = await ServerUnderTest.StartAsync();
        server.Engine.Script = _ => TinyText.Ids("ab");
        var completion = await server.CompleteJsonAsync("""
            "prompt":[[1,2]],"return_token_ids":true
            """);
        Assert.Equal("[1,2]", completion["choices"]![0]!["prompt_token_ids"]!.ToJsonString());
        Assert.Equal("[97,98,256]", completion["choices"]![0]!["token_ids"]!.ToJsonString());
        var chat = await server.ChatJsonAsync("""
            "return_token_ids":true
            """);
        Assert.Equal(21, chat["prompt_token_ids"]!.AsArray().Count);
        Assert.Equal("[97,98,256]", chat["choices"]![0]!["token_ids"]!.ToJsonString());
    }

    [Fact]
    public async Task Token_ids_of_a_stream_come_once_and_in_order()
    {
        await using var server = await ServerUnderTest.StartAsync();
        server.Engine.Script = _ => TinyText.Ids("é!");
        var completion = Frames.Of(await server.CompleteAsync("""
            "prompt":[[1,2]],"return_token_ids":true,"stream":true
            """));
        Assert.Equal(
            ["é [1,2] [195,169]", "!  [33]", "  [256]"],
            completion.Select(frame => frame["choices"]![0]!).Select(choice =>
                $"{choice["text"]} {Json(choice["prompt_token_ids"])} {Json(choice["token_ids"])}"));
        var chat = Frames.Of(await server.ChatAsync("""
            "return_token_ids":true,"stream":true
            """));
        Assert.Equal([21, 0, 0, 0], chat.Select(frame => frame["prompt_token_ids"]?.AsArray().Count ?? 0));
        Assert.Equal(
            ["", "[195,169]", "[33]", "[256]"], chat.Select(frame => Json(frame["choices"]![0]!["token_ids"])));

        static string Json(JsonNode? node) => node?.ToJsonString() ?? "";
    }
}
