using System.Net;
using System.Text.Json.Nodes;
using Gaudi.Actors.Constraints;
using Xunit;

namespace Gaudi.Tests.Cluster.Http;

/// <summary>The fields that give an answer's form reach the engine as one constraint. Rules: reference 4.6.</summary>
public sealed class ConstraintFieldTests
{
    private const string Messages = "\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]";

    [Theory]
    [InlineData("\"response_format\":{\"type\":\"json_object\"}", ConstraintKind.JsonObject, "")]
    [InlineData(
        "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"x\",\"strict\":true,\"schema\":{\"type\": \"object\"}}}",
        ConstraintKind.JsonSchema, "{\"type\": \"object\"}")]
    [InlineData("\"structured_outputs\":{\"json\":{\"type\":\"array\"}}", ConstraintKind.JsonSchema, "{\"type\":\"array\"}")]
    [InlineData("\"structured_outputs\":{\"json\":\"{\\\"a\\\":1}\"}", ConstraintKind.JsonSchema, "{\"a\":1}")]
    [InlineData(
        "\"structured_outputs\":{\"regex\":\"a|\\u0062\",\"disable_any_whitespace\":true,\"whitespace_pattern\":\" ?\"}",
        ConstraintKind.Regex, "a|b")]
    [InlineData("\"structured_outputs\":{\"choice\":[\"yes\",\"no\"],\"json\":null}", ConstraintKind.Choice, "[\"yes\",\"no\"]")]
    [InlineData("\"structured_outputs\":{\"json_object\":true,\"grammar\":null}", ConstraintKind.JsonObject, "")]
    [InlineData("\"guided_json\":{}", ConstraintKind.JsonSchema, "{}")]
    [InlineData("\"guided_regex\":\"[0-9]+\"", ConstraintKind.Regex, "[0-9]+")]
    [InlineData("\"guided_choice\":[\"a\"]", ConstraintKind.Choice, "[\"a\"]")]
    [InlineData("\"guided_json_object\":true,\"response_format\":{\"type\":\"text\"}", ConstraintKind.JsonObject, "")]
    public async Task Form_is_the_engines_constraint_in_both_apis(string fields, ConstraintKind kind, string text)
    {
        await using var server = await ServerUnderTest.StartAsync();
        await server.ChatAsync(fields + ",\"n\":2");
        await server.CompleteAsync($"\"prompt\":[\"a\",\"b\"],{fields}");
        Assert.Equal(4, server.Engine.Requests.Count);
        Assert.All(server.Engine.Requests, request => Assert.Equal(new OutputConstraint(kind, text), request.Constraint));
    }

    [Theory]
    [InlineData("\"response_format\":{\"type\":\"text\"}")]
    [InlineData("\"response_format\":null,\"structured_outputs\":null,\"guided_json\":null")]
    [InlineData("\"guided_json_object\":false")]
    public async Task Any_text_is_no_constraint(string fields)
    {
        await using var server = await ServerUnderTest.StartAsync();
        await server.ChatAsync(fields);
        Assert.Null(server.Engine.Single.Constraint);
    }

    [Theory]
    [InlineData("\"response_format\":5", "response_format", "Expected `response_format` to be an object, got 5.")]
    [InlineData("\"response_format\":{}", "response_format", "Expected `response_format.type` to be text, json_object or json_schema, got none.")]
    [InlineData(
        "\"response_format\":{\"type\":\"xml\"}", "response_format.type",
        "Expected `response_format.type` to be text, json_object or json_schema, got \"xml\".")]
    [InlineData(
        "\"response_format\":{\"type\":\"json_schema\"}", "response_format.json_schema",
        "Expected `response_format.json_schema`: an object with name and schema; got none.")]
    [InlineData(
        "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"x\"}}", "response_format.json_schema.schema",
        "Expected `response_format.json_schema.schema`: a JSON schema; got none.")]
    [InlineData(
        "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":5,\"schema\":{}}}", "response_format.json_schema.name",
        "Expected `response_format.json_schema.name` to be a string, got 5.")]
    [InlineData(
        "\"structured_outputs\":{}", "structured_outputs",
        "Expected `structured_outputs` to hold exactly one of json, json_object, regex and choice, got none.")]
    [InlineData(
        "\"structured_outputs\":{\"regex\":\"a\",\"choice\":[\"a\"]}", "structured_outputs",
        "Expected `structured_outputs` to hold exactly one of json, json_object, regex and choice, got regex and choice.")]
    [InlineData(
        "\"structured_outputs\":{\"grammar\":\"root ::= x\"}", "structured_outputs.grammar",
        "`structured_outputs.grammar` is not supported by this server; ask for json, json_object, regex or choice.")]
    [InlineData(
        "\"structured_outputs\":{\"structural_tag\":\"{}\"}", "structured_outputs.structural_tag",
        "`structured_outputs.structural_tag` is not supported by this server; ask for json, json_object, regex or choice.")]
    [InlineData(
        "\"structured_outputs\":{\"json\":{},\"disable_additional_properties\":true}", "structured_outputs.disable_additional_properties",
        "`structured_outputs.disable_additional_properties` is not supported by this server; write additionalProperties into the schema.")]
    [InlineData(
        "\"structured_outputs\":{\"regex\":\"\"}", "structured_outputs.regex",
        "Expected `structured_outputs.regex` to be a regular expression that is not empty, got \"\".")]
    [InlineData(
        "\"structured_outputs\":{\"choice\":[1]}", "structured_outputs.choice",
        "Expected `structured_outputs.choice` to be an array of at least one string, got [1].")]
    [InlineData(
        "\"structured_outputs\":{\"json\":5}", "structured_outputs.json",
        "Expected `structured_outputs.json` to be a JSON schema, as an object or as its text, got 5.")]
    [InlineData(
        "\"structured_outputs\":{\"json\":\"{\"}", "structured_outputs.json",
        "Expected `structured_outputs.json` to be a JSON schema, as an object or as its text, got something else: ")]
    [InlineData(
        "\"guided_json\":\"{\\\"a\\\":\\\"\\\\ud800\\\"}\"", "guided_json",
        "Expected `guided_json` to be a JSON schema, as an object or as its text, got something else: half of a surrogate pair")]
    [InlineData("\"guided_json_object\":1", "guided_json_object", "Expected `guided_json_object` to be a boolean, got 1.")]
    [InlineData("\"guided_choice\":[]", "guided_choice", "Expected `guided_choice` to be an array of at least one string, got [].")]
    [InlineData(
        "\"guided_grammar\":\"root ::= x\"", "guided_grammar",
        "`guided_grammar` is not supported by this server, and would change the answer; got \"root ::= x\". Leave the field out.")]
    [InlineData(
        "\"response_format\":{\"type\":\"json_object\"},\"structured_outputs\":{\"regex\":\"a\"}", "structured_outputs",
        "Expected one form for the answer, got one from `response_format` and one from `structured_outputs`; leave one out.")]
    [InlineData(
        "\"guided_regex\":\"a\",\"guided_choice\":[\"a\"]", "guided_choice",
        "Expected one form for the answer, got one from `guided_regex` and one from `guided_choice`; leave one out.")]
    public async Task Wrong_form_is_refused_by_name(string fields, string param, string message)
    {
        await using var server = await ServerUnderTest.StartAsync();
        await ExpectAsync(server, "/v1/completions", $"\"prompt\":\"a\",{fields}", param, message);
        await ExpectAsync(server, "/v1/chat/completions", $"{Messages},{fields}", param, message);
    }

    [Theory]
    [InlineData("\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"schema\":{\"not\":{}}}}", "response_format")]
    [InlineData("\"structured_outputs\":{\"regex\":\"(\"}", "structured_outputs")]
    [InlineData("\"guided_choice\":[\"\"]", "guided_choice")]
    public async Task Form_that_cannot_be_kept_is_refused_with_the_compilers_sentence(string fields, string param)
    {
        await using var server = await ServerUnderTest.StartAsync(
            model: model => model with { ConstraintProblem = form => $"no such form: {form.Kind}" });
        await ExpectAsync(server, "/v1/chat/completions", $"{Messages},{fields}", param, "no such form: ");
    }

    private static async Task ExpectAsync(ServerUnderTest server, string path, string fields, string param, string message)
    {
        using var response = await server.PostAsync(path, $"{{{fields}}}");
        var error = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!;
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.StartsWith(message, (string?)error["message"], StringComparison.Ordinal);
        Assert.Equal(param, (string?)error["param"]);
        Assert.Empty(server.Engine.Requests);
    }
}
