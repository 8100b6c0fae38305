using System.Net;
using System.Text.Json.Nodes;
using Xunit;

namespace Gaudi.Tests.Cluster.Http;

/// <summary>A field that would change the answer is refused by name, unless its value asks for nothing.</summary>
public sealed class UnsupportedFieldTests
{
    private const string Messages = "\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]";

    [Theory]
    [InlineData("best_of", "2", "1")]
    [InlineData("guided_grammar", "\"root ::= x\"", "null")]
    [InlineData("guided_grammar", "\"root ::= x\"", "\"\"")]
    [InlineData("vllm_xargs", "{\"x\":1}", "{}")]
    [InlineData("logits_processors", "[\"x\"]", "[]")]
    [InlineData("logprob_token_ids", "[5]", "[]")]
    [InlineData("repetition_detection", "{}", "null")]
    [InlineData("thinking_token_budget", "5", "-1")]
    [InlineData("use_beam_search", "true", "false")]
    public async Task Field_of_both_apis_is_refused_unless_it_asks_for_nothing(
        string name, string asked, string nothing)
    {
        await using var server = await ServerUnderTest.StartAsync();
        await CheckAsync(server, "/v1/completions", "\"prompt\":\"a\"", name, asked, nothing);
        await CheckAsync(
            server, "/v1/chat/completions", Messages, name, asked, nothing);
    }

    [Theory]
    [InlineData("suffix", "\"x\"", "\"\"")]
    [InlineData("prompt_embeds", "\"AAAA\"", "null")]
    public async Task Field_of_completions_is_refused_unless_it_asks_for_nothing(
        string name, string asked, string nothing)
    {
        await using var server = await ServerUnderTest.StartAsync();
        await CheckAsync(server, "/v1/completions", "\"prompt\":\"a\"", name, asked, nothing);
    }

    [Theory]
    [InlineData("audio", "{\"voice\":\"x\"}", "null")]
    [InlineData("function_call", "{\"name\":\"x\"}", "\"none\"")]
    [InlineData("functions", "[{\"name\":\"x\"}]", "[]")]
    [InlineData("modalities", "[\"text\",\"audio\"]", "[\"text\"]")]
    [InlineData("web_search_options", "{}", "null")]
    public async Task Field_of_chat_is_refused_unless_it_asks_for_nothing(
        string name, string asked, string nothing)
    {
        await using var server = await ServerUnderTest.StartAsync();
        await CheckAsync(
            server, "/v1/chat/completions", Messages, name, asked, nothing);
    }

    private static async Task CheckAsync(
        ServerUnderTest server, string path, string needed, string name, string asked, string nothing)
    {
        using var refused = await server.PostAsync(path, $"{{{needed},\"{name}\":{asked}}}");
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        var error = JsonNode.Parse(await refused.Content.ReadAsStringAsync())!["error"]!;
        Assert.Equal(name, (string?)error["param"]);
        Assert.Equal(
            $"`{name}` is not supported by this server, and would change the answer; got {asked}. "
            + "Leave the field out.",
            (string?)error["message"]);
        var servedBefore = server.Engine.Requests.Count;
        using var taken = await server.PostAsync(path, $"{{{needed},\"{name}\":{nothing}}}");
        Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
        Assert.Equal(servedBefore + 1, server.Engine.Requests.Count);
    }
}
