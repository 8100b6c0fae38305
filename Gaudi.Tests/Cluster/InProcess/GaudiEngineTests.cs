using System.Runtime.CompilerServices;
using Gaudi.Cluster.InProcess;
using Gaudi.Tests.Cluster.EndToEnd;
using Microsoft.Extensions.AI;
using Xunit;

namespace Gaudi.Tests.Cluster.InProcess;

/// <summary>The README's program, run for real, and what options of a chat mean.</summary>
[Collection(ProcessTests.Name)]
public sealed class GaudiEngineTests(GaudiEngineTests.Shared shared) : IClassFixture<GaudiEngineTests.Shared>
{
    private const string Question = "What is 17 + 25?";

    private static readonly ChatOptions Greedy = new() { Temperature = 0 };

    private IChatClient Chat => shared.Engine.ChatClient;

    [Fact]
    public async Task Readmes_program_does_what_it_says()
    {
        var written = new StringWriter();
        await SampleAsync(written);
        var lines = written.ToString().Split('\n');
        Assert.EndsWith("42", lines[0], StringComparison.Ordinal);
        Assert.EndsWith("256", lines[^2], StringComparison.Ordinal);
    }

    [Fact]
    public void Readme_shows_the_program_that_is_run_here()
    {
        var source = File.ReadAllLines(SourcePath()).SkipWhile(line => line.Trim() != "// README").Skip(1)
            .TakeWhile(line => line.Trim() != "// README").Select(line => line.Length > 8 ? line[8..] : "");
        var readme = File.ReadAllText(Path.Combine(Layering.SourceTree.Root, "README.md"));
        Assert.Contains($"```csharp\n{string.Join('\n', source)}\n```", readme, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Response_has_usage_reason_and_names()
    {
        var response = await Chat.GetResponseAsync(Question, Greedy);
        Assert.EndsWith("42", response.Text, StringComparison.Ordinal);
        Assert.Equal(ChatFinishReason.Stop, response.FinishReason);
        Assert.Equal("gaudi-demo", response.ModelId);
        Assert.StartsWith("chatcmpl-", response.ResponseId, StringComparison.Ordinal);
        Assert.NotNull(response.CreatedAt);
        Assert.True(response.Usage!.InputTokenCount > 5 && response.Usage.OutputTokenCount > 5);
        Assert.Equal(response.Usage.TotalTokenCount, response.Usage.InputTokenCount + response.Usage.OutputTokenCount);
    }

    [Fact]
    public async Task Streamed_answer_is_the_whole_one_in_pieces()
    {
        var whole = await Chat.GetResponseAsync(Question, Greedy);
        var pieces = new List<string>();
        await foreach (var update in Chat.GetStreamingResponseAsync(Question, Greedy))
            pieces.Add(update.Text);
        Assert.Equal(whole.Text, string.Concat(pieces));
        Assert.True(pieces.Count(piece => piece.Length > 0) > 3);
    }

    [Fact]
    public async Task Options_are_honoured()
    {
        var cut = await Chat.GetResponseAsync(Question, new ChatOptions { Temperature = 0, MaxOutputTokens = 3 });
        Assert.Equal((ChatFinishReason.Length, 3), (cut.FinishReason!.Value, (int)cut.Usage!.OutputTokenCount!));
        var stopped = await Chat.GetResponseAsync(Question, new ChatOptions { Temperature = 0, StopSequences = ["42"] });
        Assert.DoesNotContain("42", stopped.Text, StringComparison.Ordinal);
        var seeded = new ChatOptions { Temperature = 1.5f, Seed = 7, MaxOutputTokens = 20 };
        Assert.Equal((await Chat.GetResponseAsync("Who?", seeded)).Text, (await Chat.GetResponseAsync("Who?", seeded)).Text);
        var choice = new ChatOptions { AdditionalProperties = new() { ["structured_outputs"] = new { choice = new[] { "yes", "no" } } } };
        Assert.Contains((await Chat.GetResponseAsync("Well?", choice)).Text, new[] { "yes", "no" });
    }

    [Fact]
    public async Task Typed_answer_has_its_type()
    {
        var answer = await Chat.GetResponseAsync<Verdict>("Is it so?", new ChatOptions { MaxOutputTokens = 200, Temperature = 0 });
        Assert.True(answer.TryGetResult(out var verdict), answer.Text);
        Assert.True(Enum.IsDefined(verdict.Says));
    }

    [Fact]
    public async Task Function_that_must_be_called_is_called()
    {
        var tool = AIFunctionFactory.Create((int a, bool b) => a, "add", "adds");
        var options = new ChatOptions { Tools = [tool], ToolMode = ChatToolMode.RequireSpecific("add"), MaxOutputTokens = 100, Temperature = 0 };
        var response = await Chat.GetResponseAsync("add!", options);
        var call = Assert.Single(response.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>());
        Assert.Equal("add", call.Name);
        Assert.Equal(["a", "b"], call.Arguments!.Keys.Order());
    }

    [Fact]
    public async Task What_cannot_be_honoured_is_refused_by_name()
    {
        await Assert.ThrowsAsync<NotSupportedException>(() => Chat.GetResponseAsync("x", new ChatOptions { ConversationId = "1" }));
        var wrong = await Assert.ThrowsAsync<ArgumentException>(() => Chat.GetResponseAsync("x", new ChatOptions { TopP = 2 }));
        Assert.Contains("top_p", wrong.Message, StringComparison.Ordinal);
        var other = await Assert.ThrowsAsync<ArgumentException>(() => Chat.GetResponseAsync("x", new ChatOptions { ModelId = "gpt" }));
        Assert.Contains("does not exist", other.Message, StringComparison.Ordinal);
        var picture = new ChatMessage(ChatRole.User, [new DataContent(new byte[] { 1 }, "image/png")]);
        var blind = await Assert.ThrowsAsync<ArgumentException>(() => Chat.GetResponseAsync([picture]));
        Assert.Contains("this model reads text only", blind.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelling_ends_the_answer()
    {
        using var leaving = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            var endless = new ChatOptions { AdditionalProperties = new() { ["ignore_eos"] = true } };
            await foreach (var _ in Chat.GetStreamingResponseAsync("x", endless, leaving.Token))
                await leaving.CancelAsync();
        });
        Assert.EndsWith("42", (await Chat.GetResponseAsync(Question, Greedy)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Embeddings_are_normalised_and_alike_for_alike_texts()
    {
        var generator = shared.Engine.EmbeddingGenerator;
        var vectors = await generator.GenerateAsync(["What is 1 + 2?", "What is 1 + 3?", "gaudi gaudi"]);
        Assert.All(vectors, one => Assert.Equal(1, Math.Sqrt(one.Vector.ToArray().Sum(value => (double)value * value)), 1e-5));
        Assert.True(Alike(vectors[0], vectors[1]) > Alike(vectors[0], vectors[2]));
        Assert.True(vectors.Usage!.InputTokenCount > 10);
        var again = await generator.GenerateAsync(["gaudi gaudi"]);
        Assert.Equal(vectors[2].Vector.ToArray(), again[0].Vector.ToArray());
        await Assert.ThrowsAsync<ArgumentException>(() => generator.GenerateAsync(["x"], new EmbeddingGenerationOptions { Dimensions = 3 }));
    }

    [Fact]
    public async Task Middleware_of_Microsofts_wraps_it()
    {
        var asked = 0;
        using var client = new ChatClientBuilder(Chat).Use((messages, options, next, cancellation) =>
        {
            asked++;
            return next(messages, options, cancellation);
        }).Build();
        Assert.EndsWith("42", (await client.GetResponseAsync(Question, Greedy)).Text, StringComparison.Ordinal);
        Assert.Equal(1, asked);
        Assert.Equal("gaudi-demo", client.GetService<ChatClientMetadata>()!.DefaultModelId);
    }

    private static double Alike(Embedding<float> one, Embedding<float> other) =>
        one.Vector.ToArray().Zip(other.Vector.ToArray(), (a, b) => (double)a * b).Sum();

    private static string SourcePath([CallerFilePath] string path = "") => path;

    private static async Task SampleAsync(TextWriter Console)
    {
        // README
        await using var engine = await GaudiEngine.StartAsync(new GaudiEngineOptions { Model = "gaudi-demo", TensorParallelSize = 2 });

        var answer = await engine.ChatClient.GetResponseAsync("What is 17 + 25?", new ChatOptions { Temperature = 0 });
        Console.WriteLine(answer.Text);

        await foreach (var update in engine.ChatClient.GetStreamingResponseAsync("Who are you?"))
            Console.Write(update.Text);

        var vector = await engine.EmbeddingGenerator.GenerateVectorAsync("two cards share one model");
        Console.WriteLine(vector.Length);
        // README
    }

    /// <summary>How an answer may judge.</summary>
    public enum Judgement
    {
        /// <summary>So it is.</summary>
        Yes,

        /// <summary>It is not.</summary>
        No,
    }

    /// <summary>A typed answer.</summary>
    public sealed record Verdict(Judgement Says, bool IsSure);

    /// <summary>One engine for the tests of this class.</summary>
    public sealed class Shared : IAsyncLifetime
    {
        /// <summary>Serves the bundled model.</summary>
        public GaudiEngine Engine { get; private set; } = null!;

        /// <inheritdoc/>
        public async Task InitializeAsync() => Engine = await GaudiEngine.StartAsync(new GaudiEngineOptions());

        /// <inheritdoc/>
        public async Task DisposeAsync() => await Engine.DisposeAsync();
    }
}
