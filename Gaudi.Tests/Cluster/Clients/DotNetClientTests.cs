using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gaudi.Tests.Cluster.EndToEnd;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Embeddings;
using OpenAI.Models;
using Xunit;

namespace Gaudi.Tests.Cluster.Clients;

/// <summary>OpenAI's client for .NET, unchanged, against a real server.</summary>
[Collection(ClientTests.Name)]
public sealed class DotNetClientTests(ClientServer shared)
{
    private const string Model = "gaudi-demo";

    private static readonly ChatMessage[] Ask = [new UserChatMessage("What is 17 + 25?")];

    private static readonly ChatTool Add = ChatTool.CreateFunctionTool("add", "adds", BinaryData.FromString("""
        {"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"integer"}},"required":["a","b"]}
        """));

    [Fact]
    public async Task Every_call_of_the_NET_client_is_right()
    {
        var before = await shared.ExchangeCountAsync();
        await ModelsAsync();
        await ChatsAsync();
        await FormsAsync();
        await ToolsAsync();
        await VectorsAsync();
        await ErrorsAsync();
        Assert.InRange(await shared.ExchangeCountAsync() - before, 25, 100);
        await CompanyTruth.AssertBecomesIdleAsync(shared.Server);
    }

    // It sends all it has before it listens.
    [Fact]
    public async Task Body_over_the_limit_is_a_413_to_the_NET_client()
    {
        var large = await Assert.ThrowsAsync<ClientResultException>(
            () => Chat().CompleteChatAsync([new UserChatMessage(new string('a', 25 << 20))], Greedy()));
        Assert.Equal(413, large.Status);
    }

    private OpenAIClient Client(string key = ClientServer.Key) => new(new ApiKeyCredential(key), new OpenAIClientOptions
    {
        Endpoint = new Uri(shared.Server.Client.BaseAddress!, "/v1"), RetryPolicy = new ClientRetryPolicy(0),
    });

    private ChatClient Chat(string model = Model) => Client().GetChatClient(model);

    private async Task ModelsAsync()
    {
        var models = Client().GetOpenAIModelClient();
        OpenAIModelCollection all = await models.GetModelsAsync();
        Assert.Equal(Model, Assert.Single(all).Id);
        OpenAIModel one = await models.GetModelAsync(Model);
        Assert.Equal("gaudi", one.OwnedBy);
        Assert.Equal(404, (await Assert.ThrowsAsync<ClientResultException>(() => models.GetModelAsync("gpt"))).Status);
    }

    private async Task ChatsAsync()
    {
        ChatCompletion whole = await Chat().CompleteChatAsync(Ask, Greedy());
        Assert.EndsWith("42", whole.Content[0].Text, StringComparison.Ordinal);
        Assert.Equal((ChatFinishReason.Stop, Model), (whole.FinishReason, whole.Model));
        var (text, usage) = ("", 0);
        await foreach (var update in Chat().CompleteChatStreamingAsync(Ask, Greedy()))
        {
            text += string.Concat(update.ContentUpdate.Select(part => part.Text));
            usage = update.Usage?.TotalTokenCount ?? usage;
        }
        Assert.Equal((whole.Content[0].Text, whole.Usage.TotalTokenCount), (text, usage));
        var options = Greedy();
        (options.IncludeLogProbabilities, options.TopLogProbabilityCount) = (true, 3);
        ChatCompletion scored = await Chat().CompleteChatAsync(Ask, options);
        Assert.All(scored.ContentTokenLogProbabilities, token => Assert.Equal(3, token.TopLogProbabilities.Count));
        var bytes = scored.ContentTokenLogProbabilities.SelectMany(token => token.Utf8Bytes!.Value.ToArray()).ToArray();
        Assert.StartsWith(whole.Content[0].Text, Encoding.UTF8.GetString(bytes), StringComparison.Ordinal);
        ChatCompletion cut = await Chat().CompleteChatAsync(Ask, Greedy(tokensMax: 2));
        Assert.Equal((ChatFinishReason.Length, 2), (cut.FinishReason, cut.Usage.OutputTokenCount));
        options = Greedy();
        options.StopSequences.Add("42");
        ChatCompletion stopped = await Chat().CompleteChatAsync(Ask, options);
        Assert.DoesNotContain("42", stopped.Content[0].Text, StringComparison.Ordinal);
        ChatCompletion[] seeded = [await SeededAsync(), await SeededAsync()];
        Assert.Equal(seeded[0].Content[0].Text, seeded[1].Content[0].Text);
        ChatCompletion longer = await Chat().CompleteChatAsync(
            [new SystemChatMessage("Be brief."), .. Ask, new AssistantChatMessage("42"), new UserChatMessage("Why?")], Greedy(tokensMax: 8));
        Assert.True(longer.Usage.InputTokenCount > whole.Usage.InputTokenCount);
        ChatCompletion penalised = await Chat().CompleteChatAsync(
            Ask, new ChatCompletionOptions { Temperature = 0, FrequencyPenalty = 1, PresencePenalty = 1, TopP = 0.9f, EndUserId = "me" });
        Assert.NotEmpty(penalised.Content[0].Text);
        Assert.Equal([0, 1, 2], (await ChoicesAsync("""{"n":3,"temperature":1}""")).Select(choice => (int)choice!["index"]!));
        await LeaveAsync();
    }

    private async Task FormsAsync()
    {
        var options = Greedy(tokensMax: 100);
        options.ResponseFormat = ChatResponseFormat.CreateJsonSchemaFormat("sum", BinaryData.FromString("""
            {"type":"object","properties":{"sum":{"type":"integer"},"sure":{"type":"boolean"}},"required":["sum","sure"],"additionalProperties":false}
            """), jsonSchemaIsStrict: true);
        ChatCompletion typed = await Chat().CompleteChatAsync(Ask, options);
        var answer = JsonNode.Parse(typed.Content[0].Text)!;
        Assert.Equal(JsonValueKind.Number, answer["sum"]!.GetValueKind());
        Assert.Contains(answer["sure"]!.GetValueKind(), new[] { JsonValueKind.True, JsonValueKind.False });
        options.ResponseFormat = ChatResponseFormat.CreateJsonObjectFormat();
        ChatCompletion any = await Chat().CompleteChatAsync(Ask, options);
        Assert.StartsWith("{", any.Content[0].Text, StringComparison.Ordinal);
        if (any.FinishReason == ChatFinishReason.Stop)
            Assert.NotNull(JsonNode.Parse(any.Content[0].Text)!.AsObject());
        Assert.Matches("^[a-c]{4}$", await WithAsync("""{"structured_outputs":{"regex":"[a-c]{4}"}}"""));
        Assert.Contains(await WithAsync("""{"structured_outputs":{"choice":["yes","no"]}}"""), new[] { "yes", "no" });
        Assert.NotEmpty(await WithAsync("""{"top_k":5,"min_p":0.05,"repetition_penalty":1.1}"""));
    }

    private async Task ToolsAsync()
    {
        var options = Greedy(tokensMax: 400);
        options.Tools.Add(Add);
        options.ToolChoice = ChatToolChoice.CreateFunctionChoice("add");
        ChatCompletion named = await Chat().CompleteChatAsync(Ask, options);
        var call = Assert.Single(named.ToolCalls);
        Assert.Equal("add", call.FunctionName);
        Assert.NotNull(JsonNode.Parse(call.FunctionArguments)!["a"]);
        (options.ToolChoice, options.AllowParallelToolCalls) = (ChatToolChoice.CreateRequiredChoice(), false);
        ChatCompletion required = await Chat().CompleteChatAsync(Ask, options);
        Assert.Equal(ChatFinishReason.ToolCalls, required.FinishReason);
        var (name, arguments, reason) = ("", "", (ChatFinishReason?)null);
        await foreach (var update in Chat().CompleteChatStreamingAsync(Ask, options))
        {
            foreach (var piece in update.ToolCallUpdates)
                (name, arguments) = (name + piece.FunctionName, arguments + piece.FunctionArgumentsUpdate);
            reason = update.FinishReason ?? reason;
        }
        Assert.Equal(("add", ChatFinishReason.ToolCalls), (name, reason));
        Assert.NotNull(JsonNode.Parse(arguments)!["b"]);
        options.ToolChoice = ChatToolChoice.CreateAutoChoice();
        ChatCompletion after = await Chat().CompleteChatAsync(
            [.. Ask, new AssistantChatMessage([call]), new ToolChatMessage(call.Id, "42")], options);
        Assert.NotNull(after.Id);
        options.ToolChoice = ChatToolChoice.CreateNoneChoice();
        ChatCompletion none = await Chat().CompleteChatAsync(Ask, options);
        Assert.Empty(none.ToolCalls);
    }

    private async Task VectorsAsync()
    {
        var client = Client().GetEmbeddingClient(Model);
        OpenAIEmbeddingCollection both = await client.GenerateEmbeddingsAsync(["a card", "two cards"]);
        Assert.Equal([256, 256], both.Select(one => one.ToFloats().Length));
        OpenAIEmbedding one = await client.GenerateEmbeddingAsync("two cards");
        Assert.Equal(both[1].ToFloats().ToArray(), one.ToFloats().ToArray());
        // The client asks for base64; as numbers the vector is the same.
        using var content = BinaryContent.Create(BinaryData.FromString("""{"model":"gaudi-demo","input":"two cards","encoding_format":"float"}"""));
        var numbers = JsonNode.Parse((await client.GenerateEmbeddingsAsync(content)).GetRawResponse().Content)!;
        Assert.Equal(one.ToFloats().ToArray(), numbers["data"]![0]!["embedding"]!.AsArray().Select(value => (float)value!));
    }

    private async Task ErrorsAsync()
    {
        Assert.Equal(404, await StatusAsync(Chat("other"), Greedy()));
        Assert.Equal(400, await StatusAsync(Chat(), new ChatCompletionOptions { TopP = 3 }));
        var options = Greedy();
        options.ResponseFormat = ChatResponseFormat.CreateJsonSchemaFormat("x", BinaryData.FromString("""{"type":"integer","minimum":1}"""));
        var error = await Assert.ThrowsAsync<ClientResultException>(() => Chat().CompleteChatAsync(Ask, options));
        Assert.Contains("minimum", error.Message, StringComparison.Ordinal);
        Assert.Equal(400, await StatusAsync(Chat(), Greedy(tokensMax: 100_000)));
        Assert.Equal(401, await StatusAsync(Client("other").GetChatClient(Model), Greedy()));
    }

    private async Task<ChatCompletion> SeededAsync()
    {
#pragma warning disable OPENAI001 // Seed is for evaluation in the client; the server has it.
        return await Chat().CompleteChatAsync(Ask, new ChatCompletionOptions { Seed = 7, Temperature = 1.5f, MaxOutputTokenCount = 12 });
#pragma warning restore OPENAI001
    }

    private async Task LeaveAsync()
    {
        using var leaving = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var update in Chat().CompleteChatStreamingAsync(Ask, cancellationToken: leaving.Token))
                await leaving.CancelAsync();
        });
    }

    // With fields that the client does not know.
    private async Task<string> WithAsync(string fields) => (string)(await ChoicesAsync(fields))[0]!["message"]!["content"]!;

    private async Task<JsonArray> ChoicesAsync(string fields)
    {
        var body = JsonNode.Parse(fields)!.AsObject();
        (body["model"], body["max_tokens"]) = (Model, 50);
        body["temperature"] ??= 0;
        body["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "What is 17 + 25?" });
        using var content = BinaryContent.Create(BinaryData.FromString(body.ToJsonString()));
        var answer = await Chat().CompleteChatAsync(content);
        return JsonNode.Parse(answer.GetRawResponse().Content)!["choices"]!.AsArray();
    }

    private static async Task<int> StatusAsync(ChatClient client, ChatCompletionOptions options) =>
        (await Assert.ThrowsAsync<ClientResultException>(() => client.CompleteChatAsync(Ask, options))).Status;

    private static ChatCompletionOptions Greedy(int? tokensMax = null) => new() { Temperature = 0, MaxOutputTokenCount = tokensMax };
}
