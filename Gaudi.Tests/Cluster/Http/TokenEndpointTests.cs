using System.Net;
using System.Text.Json.Nodes;
using Xunit;

namespace Gaudi.Tests.Cluster.Http;

public sealed class TokenEndpointTests
{
    [Theory]
    [InlineData("{\"prompt\":\"Hi\"}", "{\"count\":3,\"max_model_len\":100,\"tokens\":[259,72,105],\"token_strs\":null}")]
    [InlineData(
        "{\"model\":\"tiny\",\"prompt\":\"H \",\"add_special_tokens\":false,\"return_token_strs\":true}",
        "{\"count\":2,\"max_model_len\":100,\"tokens\":[72,32],\"token_strs\":[\"H\",\"Ġ\"]}")]
    [InlineData("{\"prompt\":\"\",\"add_special_tokens\":false}", "{\"count\":0,\"max_model_len\":100,\"tokens\":[],\"token_strs\":null}")]
    [InlineData(
        "{\"messages\":[{\"role\":\"r\",\"content\":\"a\"}],\"add_generation_prompt\":false,\"return_token_strs\":true}",
        "{\"count\":6,\"max_model_len\":100,\"tokens\":[257,114,10,97,258,10],"
        + "\"token_strs\":[\"<|im_start|>\",\"r\",\"Ċ\",\"a\",\"<|im_end|>\",\"Ċ\"]}")]
    public async Task Text_becomes_tokens(string body, string answer)
    {
        await using var server = await ServerUnderTest.StartAsync();
        using var response = await server.PostAsync("/tokenize", body);
        Assert.Equal(answer, await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Text_may_be_longer_than_the_context()
    {
        await using var server = await ServerUnderTest.StartAsync();
        using var response = await server.PostAsync("/tokenize", $"{{\"prompt\":\"{new string('a', 500)}\"}}");
        Assert.Equal(501, (int)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["count"]!);
    }

    [Fact]
    public async Task Conversation_has_the_tokens_that_chat_reads()
    {
        await using var server = await Tools.ToolServer.StartAsync();
        var fields = $"\"messages\":[{{\"role\":\"user\",\"content\":\"a\"}}],{Tools.ToolServer.Tools}";
        using var response = await server.PostAsync("/tokenize", $"{{{fields}}}");
        var tokens = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["tokens"]!.AsArray().Select(id => (int)id!);
        using var chat = await server.PostAsync("/v1/chat/completions", $"{{{fields}}}");
        Assert.Equal(server.Engine.Single.PromptTokenIds, tokens);
    }

    [Theory]
    [InlineData("{\"tokens\":[259,72,105,258]}", "{\"prompt\":\"<s>Hi<|im_end|>\"}")]
    [InlineData("{\"tokens\":[]}", "{\"prompt\":\"\"}")]
    public async Task Tokens_become_text(string body, string answer)
    {
        await using var server = await ServerUnderTest.StartAsync();
        using var response = await server.PostAsync("/detokenize", body);
        Assert.Equal(answer, await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("/tokenize", "{}", 400, "prompt")]
    [InlineData("/tokenize", "{\"prompt\":[1]}", 400, "prompt")]
    [InlineData("/tokenize", "{\"prompt\":\"a\",\"messages\":[]}", 400, "prompt")]
    [InlineData("/tokenize", "{\"messages\":[]}", 400, "messages")]
    [InlineData("/tokenize", "{\"prompt\":\"a\",\"return_token_strs\":1}", 400, "return_token_strs")]
    [InlineData("/tokenize", "{\"prompt\":\"a\",\"model\":\"other\"}", 404, "model")]
    [InlineData("/tokenize", "[]", 400, null)]
    [InlineData("/detokenize", "{}", 400, "tokens")]
    [InlineData("/detokenize", "{\"tokens\":5}", 400, "tokens")]
    [InlineData("/detokenize", "{\"tokens\":[260]}", 400, "tokens")]
    [InlineData("/detokenize", "{\"tokens\":[-1]}", 400, "tokens")]
    public async Task Wrong_request_is_refused_by_name(string path, string body, int status, string? param)
    {
        await using var server = await ServerUnderTest.StartAsync();
        using var response = await server.PostAsync(path, body);
        var error = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!;
        Assert.Equal((status, param), ((int)response.StatusCode, (string?)error["param"]));
    }

    [Fact]
    public async Task Text_far_over_the_context_is_refused()
    {
        await using var server = await ServerUnderTest.StartAsync();
        using var response = await server.PostAsync("/tokenize", $"{{\"prompt\":\"{new string('a', 100_000)}\"}}");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task Load_counts_the_requests_the_model_works_on()
    {
        await using var server = await ServerUnderTest.StartAsync();
        Assert.Equal("""{"server_load":0}""", await server.Client.GetStringAsync("/load"));
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Engine.Before = (_, _, _) =>
        {
            reached.TrySetResult();
            return goOn.Task;
        };
        var asking = server.CompleteAsync("\"prompt\":\"a\"");
        await reached.Task.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal("""{"server_load":1}""", await server.Client.GetStringAsync("/load"));
        goOn.SetResult();
        await asking;
    }
}
