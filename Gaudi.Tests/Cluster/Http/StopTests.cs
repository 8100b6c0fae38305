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

    // As vLLM: a stop string counts where it ends behind the first min_tokens tokens, wherever it begins.
    [Theory]
    [InlineData("\"stop\":\"l\",\"min_tokens\":2", "he", "\"l\"")]
    [InlineData("\"stop\":\"l\",\"min_tokens\":3", "hel", "\"l\"")]
    [InlineData("\"stop\":\"l\",\"min_tokens\":4", "hello wor", "\"l\"")]
    [InlineData("\"stop\":\"ell\",\"min_tokens\":3", "h", "\"ell\"")]
    [InlineData("\"stop\":\"ell\",\"min_tokens\":4", "hello world!", "null")]
    [InlineData("\"stop\":\"ell\",\"min_tokens\":3,\"include_stop_str_in_output\":true", "hell", "\"ell\"")]
    public async Task Stop_string_within_the_first_min_tokens_does_not_end_the_choice(string fields, string text, string stopReason)
    {
        await using var server = await ServerUnderTest.StartAsync();
        server.Engine.Script = _ => TinyText.Ids("hello world!");
        var chat = (await server.ChatJsonAsync(fields))["choices"]![0]!;
        Assert.Equal((text, stopReason), ((string?)chat["message"]!["content"], Json(chat["stop_reason"])));
        var frames = Frames.Of(await server.ChatAsync($"\"stream\":true,{fields}")).Select(frame => frame["choices"]![0]!).ToArray();
        Assert.Equal(text, string.Concat(frames.Select(choice => (string?)choice["delta"]!["content"])));
    }

    // Speculation gives several tokens at once: they all lie ready when the first is read.
    [Fact]
    public async Task Tokens_of_a_burst_behind_the_stop_string_neither_show_nor_count()
    {
        await using var server = await ServerUnderTest.StartAsync();
        server.Engine.Script = _ => TinyText.Ids("hello world!");
        var whole = await server.CompleteJsonAsync("""
            "prompt":"a","stop":"ll","logprobs":0,"return_token_ids":true
            """);
        Assert.Equal("he", (string?)whole["choices"]![0]!["text"]);
        Assert.Equal("[104,101,108,108]", whole["choices"]![0]!["token_ids"]!.ToJsonString());
        Assert.Equal(4, whole["choices"]![0]!["logprobs"]!["tokens"]!.AsArray().Count);
        Assert.Equal(4, (int)whole["usage"]!["completion_tokens"]!);
        var frames = Frames.Of(await server.ChatAsync("""
            "stop":"ll","stream":true,"stream_options":{"include_usage":true}
            """));
        Assert.Equal("he", string.Concat(frames[..^1].Select(frame => (string?)frame["choices"]![0]!["delta"]!["content"])));
        Assert.Equal(4, (int)frames[^1]["usage"]!["completion_tokens"]!);
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
