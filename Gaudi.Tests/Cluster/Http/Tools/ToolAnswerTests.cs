using System.Text.Json.Nodes;
using Gaudi.Actors.Constraints;
using Xunit;

namespace Gaudi.Tests.Cluster.Http.Tools;

/// <summary>Answers with calls, whole and streamed, exactly.</summary>
public sealed class ToolAnswerTests
{
    private const string Head = """data: {"id":"chatcmpl-r1","object":"chat.completion.chunk","created":1700000000,"model":"tiny","choices":""";
    private const string TwoCalls = """
        Hm.<tool_call>{"name":"f","arguments":{"a": 1}}</tool_call>
        <tool_call>{"name":"g","arguments":{}}</tool_call>
        """;

    [Fact]
    public async Task Whole_answer_with_calls_is_exactly_this()
    {
        await using var server = await ToolServer.StartAsync();
        server.Engine.Script = _ => TinyText.Ids(TwoCalls);
        Assert.Equal(
            """
            [{"index":0,"message":{"role":"assistant","content":"Hm.","refusal":null,"tool_calls":[
            {"id":"call_r1-0","type":"function","function":{"name":"f","arguments":"{\"a\": 1}"}},
            {"id":"call_r1-1","type":"function","function":{"name":"g","arguments":"{}"}}]},
            "logprobs":null,"finish_reason":"tool_calls","stop_reason":null}]
            """.ReplaceLineEndings(""),
            (await server.ChatJsonAsync(ToolServer.Tools))["choices"]!.ToJsonString(Relaxed));
    }

    [Fact]
    public async Task Content_is_null_where_there_are_calls_alone()
    {
        await using var server = await ToolServer.StartAsync("llama3_json");
        server.Engine.Script = _ => TinyText.Ids("""{"name":"f","parameters":{"a":1}}""");
        var message = (await server.ChatJsonAsync(ToolServer.Tools))["choices"]![0]!["message"]!;
        Assert.Equal(
            """{"role":"assistant","content":null,"refusal":null,"tool_calls":[{"id":"call_r1-0","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]}""",
            message.ToJsonString(Relaxed));
    }

    [Fact]
    public async Task Streamed_calls_are_exactly_these_frames()
    {
        await using var server = await ToolServer.StartAsync();
        server.Engine.Script = _ => TinyText.Ids("""a<tool_call>{"name":"f","arguments":{"a":1}}</tool_call>""");
        Assert.Equal(
            Head + """[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]}""" + "\n\n"
            + Head + """[{"index":0,"delta":{"content":"a"},"logprobs":null,"finish_reason":null}]}""" + "\n\n"
            + Head + """[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_r1-0","type":"function","function":{"name":"f","arguments":""}}]},"logprobs":null,"finish_reason":null}]}""" + "\n\n"
            + Head + """[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\":1}"}}]},"logprobs":null,"finish_reason":null}]}""" + "\n\n"
            + Head + """[{"index":0,"delta":{},"logprobs":null,"finish_reason":"tool_calls"}]}""" + "\n\n"
            + "data: [DONE]\n\n",
            await server.ChatAsync(ToolServer.Tools + ",\"stream\":true"));
    }

    [Fact]
    public async Task Named_function_streams_its_arguments_as_they_come()
    {
        await using var server = await ToolServer.StartAsync(format: null);
        server.Engine.Script = _ => TinyText.Ids("{}");
        Assert.Equal(
            Head + """[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]}""" + "\n\n"
            + Head + """[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_r1-0","type":"function","function":{"name":"g","arguments":""}}]},"logprobs":null,"finish_reason":null}]}""" + "\n\n"
            + Head + """[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{"}}]},"logprobs":null,"finish_reason":null}]}""" + "\n\n"
            + Head + """[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"}"}}]},"logprobs":null,"finish_reason":null}]}""" + "\n\n"
            + Head + """[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}]}""" + "\n\n"
            + "data: [DONE]\n\n",
            await server.ChatAsync(ToolServer.Tools + """
                ,"stream":true,"tool_choice":{"type":"function","function":{"name":"g"}}
                """));
        Assert.Equal(new OutputConstraint(ConstraintKind.JsonObject, ""), server.Engine.Single.Constraint);
    }

    [Theory]
    [InlineData("\"tool_choice\":\"required\"", "[{\"name\":\"f\",\"parameters\":{}},{\"name\":\"g\",\"parameters\":{}}]", "tool_calls", 2)]
    [InlineData("\"tool_choice\":\"required\",\"max_tokens\":34", "[{\"name\":\"f\",\"parameters\":{}},{\"name\":\"g\"", "length", 1)]
    [InlineData("\"tool_choice\":\"required\",\"max_tokens\":31", "[{\"name\":\"f\",\"parameters\":{\"a\":1}}]", "length", 1)]
    [InlineData(
        "\"tool_choice\":\"required\",\"parallel_tool_calls\":false",
        "[{\"name\":\"f\",\"parameters\":{}},{\"name\":\"g\",\"parameters\":{}}]", "tool_calls", 1)]
    [InlineData("\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"f\"}}", "{\"a\":1}", "stop", 1)]
    [InlineData("\"tool_choice\":{\"function\":{\"name\":\"f\"}},\"max_tokens\":3", "{\"a\":1}", "length", 1)]
    [InlineData("\"tool_choice\":\"auto\"", "<tool_call>{\"name\":\"f\",\"arguments\":{}}</tool_call>", "tool_calls", 1)]
    [InlineData("\"tool_choice\":\"auto\",\"parallel_tool_calls\":false", TwoCalls, "tool_calls", 1)]
    [InlineData("\"tool_choice\":\"auto\"", "<tool_call>{]</tool_call>", "stop", 0)]
    [InlineData("\"tool_choice\":\"none\"", "<tool_call>{\"name\":\"f\",\"arguments\":{}}</tool_call>", "stop", 0)]
    [InlineData("\"tool_choice\":\"auto\",\"stop\":\"</tool\"", "<tool_call>{\"name\":\"f\",\"arguments\":{}}</tool_call>", "tool_calls", 1)]
    public async Task Streamed_and_whole_answers_are_the_same_message(string choice, string text, string reason, int callCount)
    {
        await using var server = await ToolServer.StartAsync();
        server.Engine.Script = _ => TinyText.Ids(text);
        var whole = (await server.ChatJsonAsync($"{ToolServer.Tools},{choice}"))["choices"]![0]!;
        Assert.Equal((reason, callCount), ((string?)whole["finish_reason"], whole["message"]!["tool_calls"]?.AsArray().Count ?? 0));
        var frames = Frames.Of(await server.ChatAsync($"{ToolServer.Tools},{choice},\"stream\":true"))
            .Select(frame => frame["choices"]![0]!).ToArray();
        Assert.Equal(reason, (string?)frames[^1]["finish_reason"]);
        Assert.Equal((string?)whole["message"]!["content"] ?? "", string.Concat(frames.Select(frame => (string?)frame["delta"]!["content"])));
        var streamed = frames.SelectMany(frame => frame["delta"]!["tool_calls"]?.AsArray() ?? []).GroupBy(call => (int)call!["index"]!)
            .Select(call => $"{call.First()!["function"]!["name"]} {string.Concat(call.Select(piece => (string?)piece!["function"]!["arguments"]))}");
        Assert.Equal(
            (whole["message"]!["tool_calls"]?.AsArray() ?? []).Select(call => $"{call!["function"]!["name"]} {call["function"]!["arguments"]}"),
            streamed);
    }

    [Fact]
    public async Task Required_calls_stream_their_arguments_as_they_come()
    {
        await using var server = await ToolServer.StartAsync(format: null);
        server.Engine.Script = _ => TinyText.Ids("[{\"name\":\"f\",\"parameters\":{\"a\":1}},{\"name\":\"g\",\"parameters\":{}}]");
        var frames = Frames.Of(await server.ChatAsync(ToolServer.Tools + ",\"stream\":true,\"tool_choice\":\"required\""))
            .Select(frame => frame["choices"]![0]!).ToArray();
        var deltas = frames.SelectMany(frame => frame["delta"]!["tool_calls"]?.AsArray() ?? []).Select(call =>
            $"{call!["index"]} {call["id"]} {call["type"]} {call["function"]!["name"]} {call["function"]!["arguments"]}");
        Assert.Equal(
            [
                "0 call_r1-0 function f ", "0    {", "0    \"", "0    a", "0    \"", "0    :", "0    1", "0    }",
                "1 call_r1-1 function g ", "1    {", "1    }",
            ], deltas);
        Assert.Equal("tool_calls", (string?)frames[^1]["finish_reason"]);
        Assert.All(frames[1..], frame => Assert.Null(frame["delta"]!["content"]));
    }

    // The engine's tokens are single bytes, so the text is cut at every place.
    [Theory]
    [InlineData("{\"name\":\"f\",\"parameters\":{\"a\":1}}; {\"name\":\"g\",\"arguments\":{}}", null, "tool_calls")]
    [InlineData("<|python_tag|>{\"name\":\"f\",\"parameters\":{\"a\":1}};{\"name\":\"g\",\"parameters\":{}}\n", null, "tool_calls")]
    [InlineData("{\"name\":\"f\",\"parameters\":{\"a\":1}", "{\"name\":\"f\",\"parameters\":{\"a\":1}", "stop")]
    [InlineData("{\"name\":\"f\",\"parameters\":{\"a\":}}", "{\"name\":\"f\",\"parameters\":{\"a\":}}", "stop")]
    [InlineData("It is {\"name\":\"f\",\"parameters\":{}}", "It is {\"name\":\"f\",\"parameters\":{}}", "stop")]
    public async Task Llama_answers_are_calls_or_content_whole_and_streamed(string text, string? content, string reason)
    {
        await using var server = await ToolServer.StartAsync("llama3_json");
        server.Engine.Script = _ => TinyText.Ids(text);
        var whole = (await server.ChatJsonAsync(ToolServer.Tools))["choices"]![0]!;
        var calls = content is null ? new[] { "0 call_r1-0 function f {\"a\":1}", "1 call_r1-1 function g {}" } : [];
        Assert.Equal((content, reason), ((string?)whole["message"]!["content"], (string?)whole["finish_reason"]));
        Assert.Equal(calls, (whole["message"]!["tool_calls"]?.AsArray() ?? []).Select((call, index) =>
            $"{index} {call!["id"]} {call["type"]} {call["function"]!["name"]} {call["function"]!["arguments"]}"));
        var frames = Frames.Of(await server.ChatAsync(ToolServer.Tools + ",\"stream\":true")).Select(frame => frame["choices"]![0]!).ToArray();
        Assert.Equal(reason, (string?)frames[^1]["finish_reason"]);
        Assert.Equal(content ?? "", string.Concat(frames.Select(frame => (string?)frame["delta"]!["content"])));
        Assert.Equal(calls.Select(call => call.Replace("r1", "r2", StringComparison.Ordinal)), frames
            .SelectMany(frame => frame["delta"]!["tool_calls"]?.AsArray() ?? []).GroupBy(call => (int)call!["index"]!).Select(pieces =>
                $"{pieces.Key} {pieces.First()!["id"]} {pieces.First()!["type"]} {pieces.First()!["function"]!["name"]} "
                + string.Concat(pieces.Select(piece => (string?)piece!["function"]!["arguments"]))));
    }

    [Fact]
    public async Task Tokens_of_text_that_was_held_back_come_with_the_next_frame()
    {
        await using var server = await ToolServer.StartAsync();
        const string Text = """<tool_call>{"name":"f","arguments":{}}</tool_call>""";
        server.Engine.Script = _ => TinyText.Ids(Text);
        var frames = Frames.Of(await server.ChatAsync(ToolServer.Tools + ",\"stream\":true,\"return_token_ids\":true,\"logprobs\":true"))
            .Select(frame => frame["choices"]![0]!).ToArray();
        Assert.Equal([0, Text.Length, 0, 1], frames.Select(frame => frame["token_ids"]?.AsArray().Count ?? 0));
        Assert.Equal([0, Text.Length, 0, 1], frames.Select(frame => frame["logprobs"]?["content"]?.AsArray().Count ?? 0));
    }

    [Fact]
    public async Task Each_choice_has_its_own_calls_and_ids()
    {
        await using var server = await ToolServer.StartAsync();
        server.Engine.Script = request => TinyText.Ids(
            $"<tool_call>{{\"name\":\"f{request.Choice}\",\"arguments\":{{}}}}</tool_call>");
        var whole = await server.ChatJsonAsync(ToolServer.Tools + ",\"n\":2");
        Assert.Equal(
            ["call_r1-0-0 f0", "call_r1-1-0 f1"],
            whole["choices"]!.AsArray().Select(choice => choice!["message"]!["tool_calls"]![0]!)
                .Select(call => $"{call["id"]} {call["function"]!["name"]}"));
    }

    // Some models have the tags as special tokens, which are no text unless they are shown.
    [Theory]
    [InlineData("hermes", "[true]")]
    [InlineData("llama3_json", "[false]")]
    public async Task Special_tokens_are_text_where_calls_stand_between_tags(string format, string shown)
    {
        await using var server = await ToolServer.StartAsync(format);
        server.Engine.Script = _ => [TinyText.Bos, 97];
        var content = (string?)(await server.ChatJsonAsync(ToolServer.Tools))["choices"]![0]!["message"]!["content"];
        Assert.Equal(shown == "[true]" ? "<s>a" : "a", content);
    }

    private static System.Text.Json.JsonSerializerOptions Relaxed { get; } = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}
