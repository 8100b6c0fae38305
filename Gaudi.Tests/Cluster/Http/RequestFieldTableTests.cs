using System.Collections.Immutable;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gaudi.Cluster.Http;
using Gaudi.Tests.Layering;
using Xunit;

namespace Gaudi.Tests.Cluster.Http;

/// <summary>The README's table of request fields says what the server does.</summary>
public sealed class RequestFieldTableTests
{
    // Of every type, none right for more than one: a field that is read refuses at least one of them.
    private static readonly string[] Odd = ["5", "true", "{\"x\":[5]}", "\"\\u0000 x\"", "[{\"x\":5}]", "-7"];

    private static readonly string[] OfTemplates =
    [
        "messages", "add_generation_prompt", "continue_final_message", "chat_template", "chat_template_kwargs", "documents",
        "reasoning_effort",
    ];

    [Fact]
    public void Readme_shows_the_table()
    {
        var expected = RequestFieldTable.All.Select(
            field => $"| `{field.Name}` | {Word(field.Completions)} | {Word(field.Chat)} | {Word(field.Embeddings)} | {field.What} |");
        Assert.Equal(expected, Rows());
    }

    [Fact]
    public void No_field_stands_twice() =>
        Assert.Equal(RequestFieldTable.All.Length, RequestFieldTable.All.Select(field => field.Name).Distinct().Count());

    [Theory]
    [InlineData("/v1/completions", 2)]
    [InlineData("/v1/chat/completions", 3)]
    [InlineData("/v1/embeddings", 4)]
    public async Task Each_field_is_treated_as_the_readme_says(string path, int column)
    {
        await using var server = await ServerUnderTest.StartAsync();
        var refusedByName = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var cells in Rows().Select(row => row.Split('|', StringSplitOptions.TrimEntries)))
        {
            var name = cells[1].Trim('`');
            var refusals = 0;
            foreach (var value in Odd)
                refusals += await IsRefusedByNameAsync(server, path, name, value) ? 1 : 0;
            var fits = cells[column] switch
            {
                "honoured" => refusals > 0,
                "refused" => refusals == Odd.Length,
                "ignored" or "-" => refusals == 0,
                _ => false,
            };
            Assert.True(fits, $"README says {cells[column]} of {name} in {path}; {refusals} of {Odd.Length} odd values were refused by that name");
        }
    }

    private static async Task<bool> IsRefusedByNameAsync(ServerUnderTest server, string path, string name, string value)
    {
        var body = JsonNode.Parse(Needed(path, name))!.AsObject();
        body[name] = JsonNode.Parse(value);
        using var response = await server.PostAsync(path, body.ToJsonString(JsonSerializerOptions.Default));
        var answer = await response.Content.ReadAsStringAsync();
        if (response.StatusCode == HttpStatusCode.OK)
            return false;
        var param = (string?)JsonNode.Parse(answer)!["error"]!["param"] ?? "";
        Assert.True(param.StartsWith(name, StringComparison.Ordinal), $"{name} = {value} to {path} was refused by another name: {answer}");
        return true;
    }

    // Embeddings are of an input or of a conversation, which alone has what templates need.
    private static string Needed(string path, string name) => path switch
    {
        "/v1/completions" => """{"prompt":"a"}""",
        "/v1/embeddings" when !OfTemplates.Contains(name) => """{"input":"a"}""",
        _ => """{"messages":[{"role":"user","content":"a"}]}""",
    };

    private static ImmutableArray<string> Rows() =>
    [
        .. File.ReadLines(Path.Combine(SourceTree.Root, "README.md")).SkipWhile(line => line != "## Request fields").Skip(1)
            .TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal)).Where(line => line.StartsWith("| `", StringComparison.Ordinal)),
    ];

    private static string Word(FieldUse use) => use == FieldUse.Unknown ? "-" : use.ToString().ToLowerInvariant();
}
