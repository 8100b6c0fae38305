using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json.Nodes;
using Gaudi.Actors.Requests;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Models;
using Xunit;

namespace Gaudi.Tests.Cluster.Http;

/// <summary>OpenAI's own .NET client, unchanged, against this server.</summary>
public sealed class OpenAIClientTests
{
    private static readonly ChatMessage[] Hi = [new SystemChatMessage("Be brief."), new UserChatMessage("Hi")];

    [Fact]
    public async Task Client_chats()
    {
        await using var server = await ServerUnderTest.StartAsync();
        ChatCompletion answer = await Chat(server).CompleteChatAsync(Hi, new ChatCompletionOptions { Temperature = 0 });
        Assert.Equal("hello", answer.Content[0].Text);
        Assert.Equal(ChatFinishReason.Stop, answer.FinishReason);
        Assert.Equal(ChatMessageRole.Assistant, answer.Role);
        Assert.Equal("chatcmpl-r1", answer.Id);
        Assert.Equal(1_700_000_000, answer.CreatedAt.ToUnixTimeSeconds());
        Assert.Equal(
            (40, 6, 46),
            (answer.Usage.InputTokenCount, answer.Usage.OutputTokenCount, answer.Usage.TotalTokenCount));
        Assert.Equal(
            "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n",
            TinyText.Tokenizer.Decode(server.Engine.Single.PromptTokenIds.AsSpan(), skipSpecialTokens: false));
    }

    [Fact]
    public async Task Client_streams_and_gets_the_usage()
    {
        await using var server = await ServerUnderTest.StartAsync();
        var text = new List<string>();
        ChatFinishReason? reason = null;
        ChatTokenUsage? usage = null;
        await foreach (var update in Chat(server).CompleteChatStreamingAsync(Hi))
        {
            text.AddRange(update.ContentUpdate.Select(part => part.Text));
            reason = update.FinishReason ?? reason;
            usage = update.Usage ?? usage;
        }
        Assert.Equal(["", "h", "e", "l", "l", "o"], text);
        Assert.Equal(ChatFinishReason.Stop, reason);
        Assert.Equal(46, usage?.TotalTokenCount);
    }

    [Fact]
    public async Task Client_reads_logprobs()
    {
        await using var server = await ServerUnderTest.StartAsync();
        server.Engine.Script = _ => TinyText.Ids("é");
        ChatCompletion answer = await Chat(server).CompleteChatAsync(
            Hi,
            new ChatCompletionOptions
            {
                IncludeLogProbabilities = true, TopLogProbabilityCount = 2, MaxOutputTokenCount = 2,
            });
        Assert.Equal(ChatFinishReason.Length, answer.FinishReason);
        Assert.Equal([-0.25f, -0.5f], answer.ContentTokenLogProbabilities.Select(token => token.LogProbability));
        Assert.Equal(
            [0xC3, 0xA9], answer.ContentTokenLogProbabilities.SelectMany(token => token.Utf8Bytes!.Value.ToArray()));
        Assert.Equal([2, 2], answer.ContentTokenLogProbabilities.Select(token => token.TopLogProbabilities.Count));
    }

    [Fact]
    public async Task Client_sends_stops_limits_and_sampling()
    {
        await using var server = await ServerUnderTest.StartAsync();
        var options = new ChatCompletionOptions
        {
            MaxOutputTokenCount = 4, TopP = 0.5f, Temperature = 0.25f, EndUserId = "u", StopSequences = { "l" },
        };
#pragma warning disable OPENAI001 // The client marks its seed as experimental.
        options.Seed = 77;
#pragma warning restore OPENAI001
        ChatCompletion answer = await Chat(server).CompleteChatAsync(Hi, options);
        Assert.Equal("he", answer.Content[0].Text);
        Assert.Equal(
            (4, 0.5f, 0.25f, 77L),
            (server.Engine.Single.TokensMax, server.Engine.Single.Sampling.TopP, 
                server.Engine.Single.Sampling.Temperature, server.Engine.Single.Sampling.Seed));
    }

    [Fact]
    public async Task Client_lists_models()
    {
        await using var server = await ServerUnderTest.StartAsync();
        OpenAIModelCollection models = await Client(server).GetOpenAIModelClient().GetModelsAsync();
        Assert.Equal(["tiny"], models.Select(model => model.Id));
        OpenAIModel model = await Client(server).GetOpenAIModelClient().GetModelAsync("tiny");
        Assert.Equal("gaudi", model.OwnedBy);
    }

    [Fact]
    public async Task Client_understands_errors()
    {
        await using var server = await ServerUnderTest.StartAsync();
        var wrong = await Assert.ThrowsAsync<ClientResultException>(
            () => Chat(server).CompleteChatAsync(Hi, new ChatCompletionOptions { FrequencyPenalty = 3 }));
        Assert.Equal(400, wrong.Status);
        Assert.Contains("Expected `frequency_penalty` to be a number from -2 to 2, got 3.", wrong.Message, StringComparison.Ordinal);
        var unknown = await Assert.ThrowsAsync<ClientResultException>(
            () => Chat(server, "other").CompleteChatAsync(Hi));
        Assert.Equal(404, unknown.Status);
        server.Engine.Instead = (_, _) => new GenerationEvent.Refused(RefusalKind.QueueFull, "full", 1);
        var full = await Assert.ThrowsAsync<ClientResultException>(() => Chat(server).CompleteChatAsync(Hi));
        Assert.Equal(429, full.Status);
    }

    [Fact]
    public async Task Client_completes_by_protocol_method_with_our_own_fields()
    {
        await using var server = await ServerUnderTest.StartAsync();
        using var body = BinaryContent.Create(BinaryData.FromString(
            """
            {"model":"tiny","messages":[{"role":"user","content":"Hi"}],"top_k":5,"return_token_ids":true,
             "ignore_eos":true,"max_tokens":6}
            """));
        var result = await Chat(server).CompleteChatAsync(body);
        var answer = JsonNode.Parse(result.GetRawResponse().Content.ToString())!;
        Assert.Equal("[104,101,108,108,111,256]", answer["choices"]![0]!["token_ids"]!.ToJsonString());
        Assert.Equal(5, server.Engine.Single.Sampling.TopK);
    }

    private static ChatClient Chat(ServerUnderTest server, string model = "tiny") =>
        Client(server).GetChatClient(model);

    private static OpenAIClient Client(ServerUnderTest server) => new(
        new ApiKeyCredential("none"),
        new OpenAIClientOptions
        {
            Endpoint = new Uri(server.Server.Url, "/v1"), RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
        });
}
