using System.Net;
using System.Text.Json.Nodes;
using Gaudi.Actors.Constraints;
using Xunit;

namespace Gaudi.Tests.Cluster.Http.Tools;

/// <summary>What `tools`, `tool_choice` and calls of the past become, and how wrong ones are refused.</summary>
public sealed class ToolFieldTests
{
    private const string Messages = "\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]";

    [Theory]
    [InlineData("", true)]
    [InlineData(",\"tool_choice\":\"required\"", true)]
    [InlineData(",\"tool_choice\":\"none\"", false)]
    public async Task Template_is_told_of_the_tools_unless_none_may_be_called(string choice, bool isTold)
    {
        await using var server = await ToolServer.StartAsync();
        server.Engine.Script = _ => TinyText.Ids("x");
        await server.ChatAsync(ToolServer.Tools + choice);
        const string Written = "TOOLS [{\"type\": \"function\", \"function\": {\"name\": \"f\", \"description\": \"d\", \"parameters\": ";
        Assert.Equal(isTold, ToolServer.Prompt(server).StartsWith(Written, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("\"{\\\"a\\\": 1}\"", "{\"a\": 1}")]
    [InlineData("{\"a\":1}", "{\"a\": 1}")]
    [InlineData("\"\"", "{}")]
    [InlineData("null", "{}")]
    public async Task Arguments_of_the_past_are_objects_for_the_template(string sent, string seen)
    {
        await using var server = await ToolServer.StartAsync();
        using var response = await server.PostAsync("/v1/chat/completions", $$$"""
            {"messages":[{"role":"user","content":"a"},
             {"role":"assistant","content":null,"tool_calls":[{"id":"i","type":"function","function":{"name":"f","arguments":{{{sent}}}}}]},
             {"role":"tool","tool_call_id":"i","content":"42"},{"role":"assistant","content":"b","tool_calls":null}]}
            """);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(
            "{\"role\": \"user\", \"content\": \"a\"}\n"
            + "{\"role\": \"assistant\", \"content\": \"\", \"tool_calls\": [{\"id\": \"i\", \"type\": \"function\", "
            + "\"function\": {\"name\": \"f\", \"arguments\": " + seen + "}}]}\n"
            + "{\"role\": \"tool\", \"content\": \"42\", \"tool_call_id\": \"i\"}\n"
            + "{\"role\": \"assistant\", \"content\": \"b\"}\n", ToolServer.Prompt(server));
    }

    [Fact]
    public async Task Required_is_an_array_of_calls_with_the_definitions_at_its_root()
    {
        await using var server = await ToolServer.StartAsync(format: null);
        await server.ChatAsync("""
            "parallel_tool_calls":false,"tool_choice":"required",
            "tools":[{"type":"function","function":{"name":"f","parameters":{"properties":{"a":{"$ref":"#/$defs/A"}},"$defs":{"A":{"type":"null"}}}}},
                     {"type":"function","function":{"name":"g"}}]
            """);
        var constraint = server.Engine.Single.Constraint!;
        Assert.Equal(ConstraintKind.JsonSchema, constraint.Kind);
        Assert.Equal(
            """
            {"type":"array","minItems":1,"maxItems":1,"$defs":{"A":{"type":"null"}},"items":{"anyOf":[
            {"type":"object","properties":{"name":{"enum":["f"]},"parameters":{"type":"object","properties":{"a":{"$ref":"#/$defs/A"}}}},
            "required":["name","parameters"],"additionalProperties":false},
            {"type":"object","properties":{"name":{"enum":["g"]},"parameters":{"type":"object"}},
            "required":["name","parameters"],"additionalProperties":false}]}}
            """.ReplaceLineEndings(""), constraint.Text);
    }

    [Fact]
    public async Task Named_function_gives_its_own_schema()
    {
        await using var server = await ToolServer.StartAsync(format: null);
        await server.ChatAsync(ToolServer.Tools + """
            ,"tool_choice":{"type":"function","function":{"name":"f"}}
            """);
        Assert.Equal(
            new OutputConstraint(ConstraintKind.JsonSchema, """{"type":"object","properties":{"a":{"type":"integer"}}}"""),
            server.Engine.Single.Constraint);
    }

    [Theory]
    [InlineData("\"tools\":5", "tools", "Expected `tools` to be an array of functions, got 5.")]
    [InlineData("\"tools\":[5]", "tools[0]", "Expected `tools[0]` to be an object of the form ")]
    [InlineData("\"tools\":[{\"type\":\"retrieval\"}]", "tools[0]", "Expected `tools[0]` to be an object of the form ")]
    [InlineData("\"tools\":[{\"type\":\"function\"}]", "tools[0]", "Expected `tools[0]` to be an object of the form ")]
    [InlineData(
        "\"tools\":[{\"type\":\"function\",\"function\":{}}]", "tools[0].function.name",
        "Expected `tools[0].function.name` to be a string, got none.")]
    [InlineData(
        "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"\"}}]", "tools[0].function.name",
        "Expected `tools[0].function.name` to be a string that is not empty, got \"\".")]
    [InlineData(
        "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":[]}}]", "tools[0].function.parameters",
        "Expected `tools[0].function.parameters` to be a JSON schema: an object, got [].")]
    [InlineData("\"tool_choice\":\"required\"", "tool_choice", "Expected `tools` together with `tool_choice`, got none.")]
    [InlineData("\"tool_choice\":{\"type\":\"function\"}", "tool_choice", "Expected `tools` together with `tool_choice`, got none.")]
    [InlineData("TOOLS,\"tool_choice\":\"maybe\"", "tool_choice", "Expected `tool_choice` to be none, auto, required or ")]
    [InlineData("TOOLS,\"tool_choice\":[]", "tool_choice", "Expected `tool_choice` to be none, auto, required or ")]
    [InlineData(
        "TOOLS,\"tool_choice\":{\"type\":\"tool\"}", "tool_choice.type", "Expected `tool_choice.type` to be function, got \"tool\".")]
    [InlineData(
        "TOOLS,\"tool_choice\":{\"type\":\"function\"}", "tool_choice.function.name",
        "Expected `tool_choice.function.name` to name a function of `tools`, got none.")]
    [InlineData(
        "TOOLS,\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"h\"}}", "tool_choice.function.name",
        "Expected `tool_choice.function.name` to name a function of `tools`, got \"h\".")]
    [InlineData(
        "TOOLS,\"parallel_tool_calls\":1", "parallel_tool_calls", "Expected `parallel_tool_calls` to be a boolean, got 1.")]
    [InlineData(
        "TOOLS,\"tool_choice\":\"required\",\"response_format\":{\"type\":\"json_object\"}", "tool_choice",
        "Expected one form for the answer, got one from `tool_choice` and one from another field; leave one out.")]
    [InlineData(
        "\"tool_choice\":\"required\",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":{\"items\":{\"$ref\":\"#\"}}}}]",
        "tools[0].function.parameters",
        "Expected `$ref` in a tool's schema to begin with #/$defs/ under `tool_choice` required, got \"#\".")]
    [InlineData(
        "\"tool_choice\":\"required\",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":{\"$defs\":{\"A\":{}}}}},"
        + "{\"type\":\"function\",\"function\":{\"name\":\"g\",\"parameters\":{\"$defs\":{\"A\":{\"type\":\"null\"}}}}}]",
        "tools[1].function.parameters.$defs",
        "Expected definitions of one name in the tools' schemas to be alike under `tool_choice` required, got two of \"A\"; rename one.")]
    public async Task Wrong_tools_are_refused_by_name(string fields, string param, string message)
    {
        await using var server = await ToolServer.StartAsync();
        await ExpectAsync(server, $"{Messages},{fields.Replace("TOOLS", ToolServer.Tools, StringComparison.Ordinal)}", param, message);
    }

    [Theory]
    [InlineData("5", "messages[0].tool_calls", "Expected `messages[0].tool_calls` to be an array of calls, got 5.")]
    [InlineData("[{}]", "messages[0].tool_calls[0]", "Expected `messages[0].tool_calls[0]` to be an object of the form ")]
    [InlineData(
        "[{\"function\":{\"arguments\":5}}]", "messages[0].tool_calls[0].function.arguments",
        "Expected `messages[0].tool_calls[0].function.arguments` to be a JSON object, or the text of one, got 5.")]
    [InlineData(
        "[{\"function\":{\"arguments\":\"[1]\"}}]", "messages[0].tool_calls[0].function.arguments",
        "Expected `messages[0].tool_calls[0].function.arguments` to be a JSON object, or the text of one, got \"[1]\".")]
    [InlineData(
        "[{\"function\":{\"arguments\":\"{\\\"a\\\":1,\\\"a\\\":2}\"}}]", "messages[0].tool_calls[0].function.arguments",
        "Expected `messages[0].tool_calls[0].function.arguments` to be a JSON object, or the text of one, got something else: \"a\" twice")]
    public async Task Wrong_calls_of_the_past_are_refused_by_name(string calls, string param, string message)
    {
        await using var server = await ToolServer.StartAsync();
        await ExpectAsync(server, $"\"messages\":[{{\"role\":\"assistant\",\"tool_calls\":{calls}}}]", param, message);
    }

    [Theory]
    [InlineData("")]
    [InlineData(",\"tool_choice\":\"auto\"")]
    public async Task Auto_needs_a_server_that_looks_for_calls(string choice)
    {
        await using var server = await ToolServer.StartAsync(format: null);
        await ExpectAsync(
            server, $"{Messages},{ToolServer.Tools}{choice}", "tool_choice",
            "`tool_choice` auto, which `tools` alone mean too, needs a server that was started with --enable-auto-tool-choice "
            + "and --tool-call-parser; set `tool_choice` to none, required or a function.");
    }

    [Fact]
    public async Task Tools_whose_form_cannot_be_kept_are_refused()
    {
        await using var server = await ToolServer.StartAsync(model: model => model with { ConstraintProblem = _ => "no such form" });
        await ExpectAsync(server, $"{Messages},{ToolServer.Tools},\"tool_choice\":\"required\"", "tools", "no such form");
    }

    private static async Task ExpectAsync(ServerUnderTest server, string fields, string param, string message)
    {
        using var response = await server.PostAsync("/v1/chat/completions", $"{{{fields}}}");
        var error = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!;
        Assert.StartsWith(message, (string?)error["message"], StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.BadRequest, param), (response.StatusCode, (string?)error["param"]));
        Assert.Empty(server.Engine.Requests);
    }
}
