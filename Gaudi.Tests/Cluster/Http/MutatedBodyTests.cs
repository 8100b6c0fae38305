using System.Text;
using System.Text.Json.Nodes;
using Gaudi.Actors.Constraints;
using Gaudi.Cluster.Http;
using Xunit;

namespace Gaudi.Tests.Cluster.Http;

/// <summary>Whatever bytes come, the answer is never the server's fault, and always one that a client can read.</summary>
public sealed class MutatedBodyTests
{
    private const int BodyCount = 5000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Mutated_bodies_get_whole_answers_or_refusals(int seed)
    {
        await using var server = await StartAsync();
        var random = new Random(seed);
        var servedCount = 0;
        for (var count = 0; count < BodyCount; count++)
        {
            var (path, body) = (MutatedBodies.PathOf(random), MutatedBodies.Next(random));
            using var response = await server.PostAsync(path, body);
            await AnswerShape.AssertWellAsync(
                path, response, $"seed {seed}, body {count} to {path}\n{Encoding.UTF8.GetString(body)}");
            servedCount += response.IsSuccessStatusCode ? 1 : 0;
        }
        // Both roads must have been walked: the mutations are neither all harmless nor all fatal.
        Assert.InRange(servedCount, BodyCount / 20, BodyCount * 19 / 20);
        await server.Engine.Idle;
        Assert.Equal("hello", (string?)(await server.CompleteJsonAsync("\"prompt\":\"a\""))["choices"]![0]!["text"]);
    }

    [Fact]
    public void Every_known_field_is_mutated()
    {
        var names = MutatedBodies.Valid.SelectMany(body => JsonNode.Parse(body)!.AsObject().Select(field => field.Key)).ToHashSet();
        Assert.All(RequestFieldTable.All, field => Assert.Contains(field.Name, names));
    }

    [Fact]
    public async Task Every_body_is_right_before_it_is_mutated()
    {
        await using var server = await StartAsync();
        var refusals = new List<string>();
        foreach (var body in MutatedBodies.Valid)
        {
            var fields = JsonNode.Parse(body)!.AsObject();
            var path = fields.ContainsKey("input") ? "/v1/embeddings" : fields.ContainsKey("prompt") ? "/v1/completions" : "/v1/chat/completions";
            using var response = await server.PostAsync(path, body);
            await AnswerShape.AssertWellAsync(path, response, body);
            if (!response.IsSuccessStatusCode)
                refusals.Add($"{body}\n{await response.Content.ReadAsStringAsync()}");
        }
        Assert.True(refusals.Count == 0, string.Join("\n\n", refusals));
    }

    private static Task<ServerUnderTest> StartAsync() => ServerUnderTest.StartAsync(
        settings => settings with { ToolCallFormat = "hermes", ChoosesTools = true, TrustsRequestTemplates = true },
        model => model with { ConstraintProblem = Refusal, HiddenSize = 3 });

    private static string? Refusal(OutputConstraint constraint)
    {
        try
        {
            OutputGrammar.Compile(constraint);
            return null;
        }
        catch (ConstraintFormatException refused)
        {
            return refused.Message;
        }
    }
}
