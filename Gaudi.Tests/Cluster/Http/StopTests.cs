using System.Text.Json.Nodes;
using Xunit;

namespace Gaudi.Tests.Cluster.Http;

/// <summary>Stop strings and stop tokens. Rules: reference 4.5.</summary>
public sealed class StopTests
{
    [Theory]
    [InlineData("\"stop\":\"lo w\"", "hel", "stop", "\"lo w\"")]
    [InlineData("\"stop\":[\"zzz\",\"world\",\"wor\"]", "hello ", "stop", "\"wor\"")]
    [InlineData("\"stop\":\"world\",\"include_stop_str_in_output\":true", "hello world", "stop", "\"world\"")]
    [InlineData("\"stop\":\"worldly\"", "hello world!", "stop", "null")]
    [InlineData("\"stop\":\"h\"", "", "stop", "\"h\"")]
    [InlineData("\"max_tokens\":5,\"stop\":\"o!\"", "hello", "length", "null")]
    [InlineData("\"max_tokens\":5,\"stop\":\"o\"", "hell", "stop", "\"o\"")]
    [InlineData("\"stop_token_ids\":[119]", "hello w", "stop", "119")]
    [InlineData("\"stop_token_ids\":[119,256,258]", "hello w", "stop", "119")]
    public async Task Choice_ends_where_the_client_says(
        string fields, string text, string finishReason, string stopReason)
    {
        await using var server = await ServerUnderTest.StartAsync();
        server.Engine.Script = _ => TinyText.Ids("hello world!");
        var chat = (await server.ChatJsonAsync(fields))["choices"]![0]!;
        Assert.Equal(
            (text, finishReason, stopReason),
            ((string?)chat["message"]!["content"], (string?)chat["finish_reason"], Json(chat["stop_reason"])));
        var frames = Frames.Of(await server.CompleteAsync($"\"prompt\":\"a\",\"stream\":true,{fields}"))
            .Select(frame => frame["choices"]![0]!).ToArray();
        Assert.Equal(
            (text, finishReason, stopReason),
            (string.Concat(frames.Select(choice => (string?)choice["text"])), (string?)frames[^1]["finish_reason"],
                Json(frames[^1]["stop_reason"])));
        Assert.All(frames[..^1], frame => Assert.Null(frame["finish_reason"]));
    }

    [Fact]
    public async Task Text_that_may_become_a_stop_string_is_held_back()
    {
        await using var server = await ServerUnderTest.StartAsync();
        server.Engine.Script = _ => TinyText.Ids("ab<sab</s>x");
        var frames = Frames.Of(await server.ChatAsync("""
            "stream":true,"stop":"</s>"
            """)).Select(frame => frame["choices"]![0]!).ToArray();
        Assert.Equal(
            ["", "a", "b", "<s", "a", "b", null], frames.Select(choice => (string?)choice["delta"]!["content"]));
        Assert.Equal("stop", (string?)frames[^1]["finish_reason"]);
        Assert.Equal("</s>", (string?)frames[^1]["stop_reason"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Stop_string_cancels_the_engines_work(bool isStreamed)
    {
        await using var server = await ServerUnderTest.StartAsync();
        server.Engine.HangAt(4);
        var answer = await server.CompleteAsync(
            $"\"prompt\":\"a\",\"stop\":\"ll\",\"stream\":{(isStreamed ? "true" : "false")}");
        Assert.Contains("\"finish_reason\":\"stop\"", answer, StringComparison.Ordinal);
        await server.Engine.Cancelled;
    }

    [Theory]
    [InlineData("\"ignore_eos\":true,\"max_tokens\":4", "ab", "length", "null")]
    [InlineData(
        "\"ignore_eos\":true,\"skip_special_tokens\":false,\"max_tokens\":4", "a<|im_end|>b<|endoftext|>", "length",
        "null")]
    [InlineData("\"ignore_eos\":true,\"stop_token_ids\":[258]", "a", "stop", "258")]
    [InlineData("\"skip_special_tokens\":false", "a", "stop", "null")]
    [InlineData("\"skip_special_tokens\":false,\"include_stop_str_in_output\":true", "a<|im_end|>", "stop", "null")]
    public async Task Special_tokens_end_a_choice_and_show_as_asked(
        string fields, string text, string finishReason, string stopReason)
    {
        await using var server = await ServerUnderTest.StartAsync();
        server.Engine.Script = _ => [97, TinyText.ImEnd, 98];
        var choice = (await server.CompleteJsonAsync($"\"prompt\":\"a\",{fields}"))["choices"]![0]!;
        Assert.Equal(
            (text, finishReason, stopReason),
            ((string?)choice["text"], (string?)choice["finish_reason"], Json(choice["stop_reason"])));
    }

    [Fact]
    public async Task Half_a_character_at_the_end_becomes_one_replacement()
    {
        await using var server = await ServerUnderTest.StartAsync();
        server.Engine.Script = _ => TinyText.Ids("a😀")[..4];
        var frames = Frames.Of(await server.CompleteAsync("""
            "prompt":"a","stream":true,"max_tokens":4
            """));
        Assert.Equal(["a", "\ufffd"], frames.Select(frame => (string?)frame["choices"]![0]!["text"]));
    }

    private static string Json(JsonNode? node) => node?.ToJsonString() ?? "null";
}
