using System.ClientModel;
using System.ClientModel.Primitives;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using OpenAI;
using OpenAI.Chat;
using Xunit;

namespace Gaudi.Tests.Cluster.EndToEnd;

/// <summary>The bundled model over two real workers: right answers, the same bits as on one card, and OpenAI's own client.</summary>
[Collection(TwoCardTests.Name)]
public sealed partial class AnswerTests(TwoCardServer two)
{
    private const string Model = "gaudi-demo";
    private static readonly ChatMessage[] Sum = [new UserChatMessage("What is 17 + 25?")];

    [Theory]
    [InlineData("What is 17 + 25?", 42)]
    [InlineData("What is 64 - 19?", 45)]
    public async Task The_last_number_of_the_answer_is_right(string question, int number) =>
        Assert.Equal(number, LastNumber(await Questions.TextAsync(two.Server, Model, question)));

    // Both answers are text that was written from float32 with every digit it takes: equal text is equal bits.
    [Fact]
    public async Task One_card_gives_the_same_tokens_and_the_same_logprobs_of_the_whole_vocabulary_and_holds_all_the_weights()
    {
        await using var one = await ServeWithoutLimitAsync(1);
        await using var pair = await ServeWithoutLimitAsync(2);
        Assert.Equal((1, 2), (one.Workers.Count, pair.Workers.Count));
        var whole = await Questions.AnswersAsync(one, Model, DemoVocabularySize());
        Assert.All(whole, answer => Assert.All(
            JsonNode.Parse(answer)!["logprobs"]!["content"]!.AsArray(),
            place => Assert.Equal(DemoVocabularySize(), place!["top_logprobs"]!.AsArray().Count)));
        Assert.Equal(whole, await Questions.AnswersAsync(pair, Model, DemoVocabularySize()));

        var all = Assert.Single(WeightMib(one));
        Assert.All(WeightMib(pair), slice => Assert.InRange(slice, 0.3 * all, 0.6 * all));
    }

    [Fact]
    public async Task A_tensor_zeroed_in_the_second_ranks_slice_changes_the_answers()
    {
        using var copy = ModelCopy.Of(Model);
        copy.ZeroSecondHalf("model.layers.0.mlp.gate_proj.weight");
        await using var changed = await ServerProcess.ServeAsync(copy.Folder, "-tp", "2", "--served-model-name", Model);
        var (expected, came) = (await Questions.AnswersAsync(two.Server, Model), await Questions.AnswersAsync(changed, Model));
        Assert.All(expected.Zip(came), pair => Assert.NotEqual(pair.First, pair.Second));
    }

    [Fact]
    public async Task The_client_of_openai_chats()
    {
        ChatCompletion answer = await Chat().CompleteChatAsync(Sum, new ChatCompletionOptions { Temperature = 0 });
        Assert.Equal(42, LastNumber(answer.Content[0].Text));
        Assert.Equal(ChatFinishReason.Stop, answer.FinishReason);
        Assert.Equal(answer.Usage.TotalTokenCount, answer.Usage.InputTokenCount + answer.Usage.OutputTokenCount);
    }

    [Fact]
    public async Task The_client_of_openai_streams()
    {
        var parts = new List<string>();
        await foreach (var update in Chat().CompleteChatStreamingAsync(Sum, new ChatCompletionOptions { Temperature = 0 }))
            parts.AddRange(update.ContentUpdate.Select(part => part.Text));
        Assert.Equal(42, LastNumber(string.Concat(parts)));
        Assert.True(parts.Count(part => part.Length > 0) > 3, $"the answer came in {parts.Count} parts");
    }

    [Fact]
    public async Task The_client_of_openai_reads_logprobs()
    {
        ChatCompletion answer = await Chat().CompleteChatAsync(
            Sum, new ChatCompletionOptions { Temperature = 0, IncludeLogProbabilities = true, TopLogProbabilityCount = 3 });
        // The end of the turn is a token too, though it is not part of the text.
        Assert.Equal(
            answer.Content[0].Text + "<|im_end|>", string.Concat(answer.ContentTokenLogProbabilities.Select(one => one.Token)));
        Assert.All(answer.ContentTokenLogProbabilities, one =>
        {
            Assert.Equal(3, one.TopLogProbabilities.Count);
            Assert.Equal(one.Token, one.TopLogProbabilities[0].Token);
            Assert.InRange(one.LogProbability, -1f, 0f);
        });
    }

    private static Task<ServerProcess> ServeWithoutLimitAsync(int rankCount) => ServerProcess.ServeAsync(
        Model, "--tensor-parallel-size", $"{rankCount}", "--set", "gaudi.http.logprobs-max=-1");

    private static int DemoVocabularySize() => JsonNode.Parse(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Models", Model, "config.json")))!["vocab_size"]!.GetValue<int>();

    private ChatClient Chat() => new OpenAIClient(
        new ApiKeyCredential("none"),
        new OpenAIClientOptions
        {
            Endpoint = new Uri(two.Server.Client.BaseAddress!, "/v1"), RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
        }).GetChatClient(Model);

    private static int LastNumber(string text) => int.Parse(Numbers().Matches(text)[^1].Value, CultureInfo.InvariantCulture);

    private static double[] WeightMib(ServerProcess server)
    {
        var line = server.Output.Lines.Single(line => line.StartsWith("group", StringComparison.Ordinal) && line.Contains(" serves", StringComparison.Ordinal));
        return [.. Weights().Match(line).Groups[1].Value.Split(" + ").Select(text => double.Parse(text, CultureInfo.InvariantCulture))];
    }

    [GeneratedRegex(@"\d+")]
    private static partial Regex Numbers();

    [GeneratedRegex(@"weights ([\d. +]+) MiB")]
    private static partial Regex Weights();
}
