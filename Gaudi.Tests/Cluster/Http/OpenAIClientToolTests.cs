using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json.Nodes;
using Gaudi.Actors.Constraints;
using Gaudi.Tests.Cluster.Http.Tools;
using OpenAI;
using OpenAI.Chat;
using Xunit;

namespace Gaudi.Tests.Cluster.Http;

/// <summary>OpenAI's own .NET client, unchanged: tools and structured output.</summary>
public sealed class OpenAIClientToolTests
{
    private const string Parameters = """{"type":"object","properties":{"a":{"type":"integer"}}}""";

    private static readonly ChatTool Add = ChatTool.CreateFunctionTool("f", "adds", BinaryData.FromString(Parameters));

    [Fact]
    public async Task Client_is_called_back_and_answers()
    {
        await using var server = await ToolServer.StartAsync();
        server.Engine.Script = _ => TinyText.Ids("""<tool_call>{"name":"f","arguments":{"a":1}}</tool_call>""");
        var conversation = new List<ChatMessage> { new UserChatMessage("Hi") };
        var options = new ChatCompletionOptions { Tools = { Add } };
        ChatCompletion answer = await Chat(server).CompleteChatAsync(conversation, options);
        Assert.Equal(ChatFinishReason.ToolCalls, answer.FinishReason);
        var call = Assert.Single(answer.ToolCalls);
        Assert.Equal(("call_r1-0", "f", """{"a":1}"""), (call.Id, call.FunctionName, call.FunctionArguments.ToString()));
        conversation.AddRange([new AssistantChatMessage(answer), new ToolChatMessage(call.Id, "42")]);
        server.Engine.Script = _ => TinyText.Ids("It is 42.");
        ChatCompletion second = await Chat(server).CompleteChatAsync(conversation, options);
        Assert.Equal((ChatFinishReason.Stop, "It is 42."), (second.FinishReason, second.Content[0].Text));
        var prompt = TinyText.Tokenizer.Decode(server.Engine.Requests.Last().PromptTokenIds.AsSpan(), skipSpecialTokens: false);
        Assert.Contains("\"function\": {\"name\": \"f\", \"arguments\": {\"a\": 1}}", prompt, StringComparison.Ordinal);
        Assert.Contains("\"tool_call_id\": \"call_r1-0\"", prompt, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Client_streams_calls()
    {
        await using var server = await ToolServer.StartAsync("llama3_json");
        server.Engine.Script = _ => TinyText.Ids("""{"name":"f","parameters":{"a":1}};{"name":"g","parameters":{}}""");
        var calls = new SortedDictionary<int, (string? Id, string? Name, string Arguments)>();
        ChatFinishReason? reason = null;
        await foreach (var update in Chat(server).CompleteChatStreamingAsync(
            [new UserChatMessage("Hi")], new ChatCompletionOptions { Tools = { Add } }))
        {
            foreach (var piece in update.ToolCallUpdates)
            {
                var soFar = calls.GetValueOrDefault(piece.Index);
                calls[piece.Index] = (
                    piece.ToolCallId ?? soFar.Id, piece.FunctionName ?? soFar.Name, soFar.Arguments + piece.FunctionArgumentsUpdate);
            }
            reason = update.FinishReason ?? reason;
        }
        Assert.Equal([("call_r1-0", "f", """{"a":1}"""), ("call_r1-1", "g", "{}")], calls.Values);
        Assert.Equal(ChatFinishReason.ToolCalls, reason);
    }

    [Fact]
    public async Task Client_names_a_function()
    {
        await using var server = await ToolServer.StartAsync(format: null);
        server.Engine.Script = _ => TinyText.Ids("""{"a":1}""");
        ChatCompletion answer = await Chat(server).CompleteChatAsync(
            [new UserChatMessage("Hi")],
            new ChatCompletionOptions { Tools = { Add }, ToolChoice = ChatToolChoice.CreateFunctionChoice("f") });
        Assert.Equal(("f", """{"a":1}"""), (answer.ToolCalls[0].FunctionName, answer.ToolCalls[0].FunctionArguments.ToString()));
        Assert.Equal(ChatFinishReason.Stop, answer.FinishReason);
        Assert.Equal(ConstraintKind.JsonSchema, server.Engine.Single.Constraint!.Kind);
    }

    [Fact]
    public async Task Client_asks_for_a_schema()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await Chat(server).CompleteChatAsync([new UserChatMessage("Hi")], new ChatCompletionOptions
        {
            ResponseFormat = ChatResponseFormat.CreateJsonSchemaFormat("n", BinaryData.FromString(Parameters), jsonSchemaIsStrict: true),
        });
        var constraint = server.Engine.Single.Constraint!;
        Assert.Equal(ConstraintKind.JsonSchema, constraint.Kind);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(Parameters), JsonNode.Parse(constraint.Text)));
    }

    [Fact]
    public async Task Client_sends_its_key()
    {
        await using var server = await ServerUnderTest.StartAsync(
            settings => settings with { ApiKeys = Gaudi.Cluster.Http.ApiKeys.Of(["right"]) });
        ChatCompletion answer = await Chat(server, "right").CompleteChatAsync([new UserChatMessage("Hi")]);
        Assert.Equal("hello", answer.Content[0].Text);
        var refused = await Assert.ThrowsAsync<ClientResultException>(
            () => Chat(server, "wrong").CompleteChatAsync([new UserChatMessage("Hi")]));
        Assert.Equal(401, refused.Status);
    }

    private static ChatClient Chat(ServerUnderTest server, string key = "none") => new OpenAIClient(
        new ApiKeyCredential(key),
        new OpenAIClientOptions
        {
            Endpoint = new Uri(server.Server.Url, "/v1"), RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
        }).GetChatClient("tiny");
}
