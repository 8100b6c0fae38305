using System.Text.Json.Nodes;
using Gaudi.Actors.Text;
using Xunit;

namespace Gaudi.Tests.Text;

/// <summary>Templates render exactly as jinja2 3.1 renders them in the sandbox that transformers sets up.</summary>
public sealed class ChatTemplateGoldenTests
{
    [Fact]
    public void Render_agrees_with_jinja2_on_whole_templates()
    {
        var conversations = JsonNode.Parse(GoldenFiles.Read("conversations.json"))!.AsObject();
        Check("chat.rendered.json", rowCountMin: 60, row => (
            GoldenFiles.Read($"Templates/{(string)row["template"]!}.jinja"),
            conversations[(string)row["conversation"]!]!.AsObject(),
            $"{row["template"]} with {row["conversation"]}"));
    }

    [Fact]
    public void Render_agrees_with_jinja2_on_every_construct()
    {
        var conversation = JsonNode.Parse("""{"messages": [{"role": "user", "content": "x"}]}""")!.AsObject();
        Check("snippets.rendered.json", rowCountMin: 100, row =>
            ((string)row["source"]!, conversation, (string)row["source"]!));
    }

    private static void Check(
        string fileName, int rowCountMin, Func<JsonObject, (string Source, JsonObject Conversation, string Name)> read)
    {
        var rows = JsonNode.Parse(GoldenFiles.Read(fileName))!.AsArray();
        Assert.True(rows.Count >= rowCountMin, $"{fileName} lost its rows: {rows.Count}");
        var differences = new List<string>();
        foreach (var row in rows.Select(node => node!.AsObject()))
        {
            var (source, conversation, name) = read(row);
            var expected = row["expected"] is { } text ? $"text <{text}>"
                : row["raised"] is { } raised ? $"raised <{raised}>"
                : "refused";
            var (actual, detail) = Outcome(source, conversation);
            if (actual != expected)
            {
                differences.Add($"{name}\n  expected {expected} {row["refused"]}\n  got      {actual} {detail}");
            }
        }

        Assert.True(differences.Count == 0, $"{differences.Count} differ:\n{string.Join('\n', differences)}");
    }

    private static (string Outcome, string Detail) Outcome(string source, JsonObject conversation)
    {
        try
        {
            var input = new ChatTemplateInput(
                conversation["messages"]!.AsArray(),
                conversation["tools"]?.AsArray(),
                (bool?)conversation["add_generation_prompt"] ?? false,
                "<bos>",
                "<eos>",
                new FixedClock(new DateTimeOffset(2031, 2, 3, 16, 5, 6, TimeSpan.Zero)))
            {
                ExtraVariables = conversation["extra"]?.AsObject(),
            };
            return ($"text <{ChatTemplate.Parse(source).Render(input)}>", "");
        }
        catch (ChatTemplateException error) when (error.IsRaisedByTemplate)
        {
            return ($"raised <{error.Message}>", "");
        }
        catch (ChatTemplateException error)
        {
            return ("refused", error.Message);
        }
    }
}
