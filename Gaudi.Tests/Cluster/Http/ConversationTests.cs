using System.Net;
using System.Text.Json.Nodes;
using Xunit;

namespace Gaudi.Tests.Cluster.Http;

/// <summary>The fields that decide how a conversation becomes a prompt. Rules: reference 5.2.</summary>
public sealed class ConversationTests
{
    private const string Said = "\"messages\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":\"b \"}]";

    [Theory]
    [InlineData("\"continue_final_message\":true", "<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\nb ")]
    [InlineData("\"continue_final_message\":true,\"add_generation_prompt\":false", "<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\nb ")]
    [InlineData("\"add_generation_prompt\":false", "<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\nb <|im_end|>\n")]
    [InlineData(
        "\"chat_template\":\"{{ messages[0].content }}{{ documents[0].t }}{{ reasoning_effort }}\",\"documents\":[{\"t\":\"d\"}],"
        + "\"reasoning_effort\":\"low\"", "adlow")]
    [InlineData(
        "\"chat_template\":\"{{ reasoning_effort }}\",\"chat_template_kwargs\":{\"reasoning_effort\":\"high\"},\"reasoning_effort\":\"low\"", "high")]
    [InlineData("\"chat_template\":\"{{ messages[1].content | trim }}.\",\"continue_final_message\":true", "b ")]
    public async Task Prompt_is_as_asked(string fields, string prompt)
    {
        await using var server = await ServerUnderTest.StartAsync(settings => settings with { TrustsRequestTemplates = true });
        using var response = await server.PostAsync("/v1/chat/completions", $"{{{Said},{fields}}}");
        Assert.True(response.StatusCode == HttpStatusCode.OK, await response.Content.ReadAsStringAsync());
        Assert.Equal(prompt, TinyText.Tokenizer.Decode(server.Engine.Single.PromptTokenIds.AsSpan(), skipSpecialTokens: false));
    }

    [Theory]
    [InlineData("", "hello")]
    [InlineData(",\"echo\":false", "hello")]
    [InlineData(",\"echo\":true", "b hello")]
    [InlineData(",\"echo\":true,\"continue_final_message\":true", "b hello")]
    public async Task Echo_begins_with_what_the_assistant_said_last(string fields, string content)
    {
        await using var server = await ServerUnderTest.StartAsync();
        using var whole = await server.PostAsync("/v1/chat/completions", $"{{{Said}{fields}}}");
        Assert.Equal(
            content, (string?)JsonNode.Parse(await whole.Content.ReadAsStringAsync())!["choices"]![0]!["message"]!["content"]);
        using var streamed = await server.PostAsync("/v1/chat/completions", $"{{{Said}{fields},\"stream\":true}}");
        Assert.Equal(content, string.Concat(Frames.Of(await streamed.Content.ReadAsStringAsync())
            .Select(frame => (string?)frame["choices"]![0]!["delta"]!["content"])));
    }

    [Fact]
    public async Task Echo_of_what_the_user_said_is_nothing()
    {
        await using var server = await ServerUnderTest.StartAsync();
        Assert.Equal("hello", (string?)(await server.ChatJsonAsync("\"echo\":true"))["choices"]![0]!["message"]!["content"]);
    }

    [Theory]
    [InlineData(
        "\"continue_final_message\":true,\"add_generation_prompt\":true", true, "continue_final_message",
        "Expected at most one of `continue_final_message` and `add_generation_prompt` to be true, got both.")]
    [InlineData("\"continue_final_message\":1", true, "continue_final_message", "Expected `continue_final_message` to be a boolean, got 1.")]
    [InlineData(
        "\"continue_final_message\":true,\"chat_template\":\"{{ messages[0].content }}\"", true, "continue_final_message",
        "Expected the chat template to write the last message as it is, so that it can be continued, but it does not; ")]
    [InlineData("\"documents\":{}", true, "documents", "Expected `documents` to be an array of objects, got {}.")]
    [InlineData("\"documents\":[\"a\"]", true, "documents", "Expected `documents` to be an array of objects, got [\"a\"].")]
    [InlineData("\"reasoning_effort\":5", true, "reasoning_effort", "Expected `reasoning_effort` to be a string, got 5.")]
    [InlineData("\"echo\":\"x\"", true, "echo", "Expected `echo` to be a boolean, got \"x\".")]
    [InlineData(
        "\"chat_template\":\"x\"", false, "chat_template",
        "`chat_template` needs a server that was started with --trust-request-chat-template; leave the field out.")]
    [InlineData("\"chat_template\":5", false, "chat_template", "Expected `chat_template` to be a string, got 5.")]
    [InlineData("\"chat_template\":\"{% if\"", true, "chat_template", "Expected `chat_template` to be a chat template: line 1: ")]
    [InlineData(
        "\"chat_template\":\"{{ 12345678901234567890 + 12345678901234567890 }}12345678901234567890\"", true, "chat_template",
        "Expected `chat_template` to be at most 60 characters, got 69.")]
    [InlineData(
        "\"chat_template\":\"{{ raise_exception('no') }}\"", true, "messages", "The chat template refused the conversation: no")]
    [InlineData(
        "\"request_id\":\"a b\"", true, "request_id", "Expected `request_id` to be 1 to 128 visible ASCII characters, got \"a b\".")]
    [InlineData("\"request_id\":5", true, "request_id", "Expected `request_id` to be a string, got 5.")]
    public async Task Wrong_field_is_refused_by_name(string fields, bool trustsTemplates, string param, string message)
    {
        await using var server = await ServerUnderTest.StartAsync(
            settings => settings with { TrustsRequestTemplates = trustsTemplates, TemplateCharsMax = 60 });
        using var response = await server.PostAsync("/v1/chat/completions", $"{{{Said},{fields}}}");
        var error = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!;
        Assert.StartsWith(message, (string?)error["message"], StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.BadRequest, param), (response.StatusCode, (string?)error["param"]));
        Assert.Empty(server.Engine.Requests);
    }

    [Fact]
    public async Task Template_of_the_client_does_where_the_model_has_none()
    {
        await using var server = await ServerUnderTest.StartAsync(
            settings => settings with { TrustsRequestTemplates = true }, model => model with { Template = null });
        await server.ChatAsync("\"chat_template\":\"x\"");
        Assert.Equal(TinyText.Ids("x"), server.Engine.Single.PromptTokenIds);
    }

    // A template that never ends must be answered, not waited for.
    [Fact]
    public async Task Template_without_end_is_refused()
    {
        await using var server = await ServerUnderTest.StartAsync(settings => settings with { TrustsRequestTemplates = true });
        using var response = await server.PostAsync("/v1/chat/completions", $$"""
            {{{Said}},"chat_template":"{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}"}
            """);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Theory]
    [InlineData(null, "mine", "mine", "mine-r1")]
    [InlineData("header", "mine", "header", "header-r1")]
    public async Task Request_id_of_the_body_counts_where_the_header_is_absent(string? header, string body, string shown, string engineId)
    {
        await using var server = await ServerUnderTest.StartAsync();
        if (header is not null)
            server.Client.DefaultRequestHeaders.Add("X-Request-Id", header);
        using var response = await server.PostAsync("/v1/completions", $"{{\"prompt\":\"a\",\"request_id\":\"{body}\"}}");
        Assert.Equal([shown], response.Headers.GetValues("X-Request-Id"));
        Assert.Contains($"\"id\":\"cmpl-{shown}\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(engineId, server.Engine.Single.RequestId);
    }
}
