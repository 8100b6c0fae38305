using System.Collections.Immutable;
using System.Text.Json;
using Gaudi.Actors.Text.Jinja;

namespace Gaudi.Actors.Text;

/// <summary>
/// A model's Jinja chat template, parsed once. The template comes with the model and is not trusted: it can read its
/// input and nothing else, and its steps and output are limited. Safe to render from many threads at once.
/// </summary>
public sealed class ChatTemplate
{
    private readonly ImmutableArray<Statement> _body;

    private ChatTemplate(ImmutableArray<Statement> body) => _body = body;

    /// <summary>Parses a template with trim_blocks and lstrip_blocks on, as transformers does.</summary>
    /// <exception cref="ChatTemplateException">The source is no template; the message names the line.</exception>
    public static ChatTemplate Parse(string source) => new(TemplateParser.Parse(source));

    /// <summary>
    /// Reads the default template of a model folder: chat_template.jinja, else `chat_template` in
    /// tokenizer_config.json,
    /// which is text or a list of named templates. Null when the folder has none.
    /// </summary>
    /// <exception cref="ChatTemplateException">The template or its file is broken.</exception>
    public static ChatTemplate? Load(string modelFolder)
    {
        var path = Path.Combine(modelFolder, "chat_template.jinja");
        if (File.Exists(path))
        {
            return Parse(File.ReadAllText(path));
        }

        var configPath = Path.Combine(modelFolder, "tokenizer_config.json");
        return File.Exists(configPath) && SourceIn(File.ReadAllText(configPath)) is { } source ? Parse(source) : null;
    }

    /// <summary>The prompt text of a conversation.</summary>
    /// <exception cref="ChatTemplateException">The template refused, failed, or went over a limit.</exception>
    public string Render(ChatTemplateInput input) =>
        Render(input, RenderBudget.StepCountMax, RenderBudget.OutputLengthMax);

    internal string Render(ChatTemplateInput input, long stepCountMax, int outputLengthMax)
    {
        var budget = new RenderBudget(stepCountMax, outputLengthMax);
        var scope = TemplateVariables.For(input, budget);
        try
        {
            return new Renderer(budget).Render(_body, scope);
        }
        catch (InsufficientExecutionStackException cause)
        {
            throw new ChatTemplateException(
                $"line {budget.Line}: expected calls and values nested less deeply, ran out of stack. "
                + "Correct the template's recursion.", cause);
        }
    }

    private static string? SourceIn(string configJson)
    {
        try
        {
            using var document = JsonDocument.Parse(configJson);
            if (!document.RootElement.TryGetProperty("chat_template", out var template))
            {
                return null;
            }

            return template.ValueKind switch
            {
                JsonValueKind.Null => null,
                JsonValueKind.String => template.GetString(),
                JsonValueKind.Array => DefaultOf(template),
                _ => throw new ChatTemplateException(
                    "tokenizer_config.json: expected `chat_template` to be text or a list of {name, template}, "
                    + $"got {template.ValueKind}. Correct the file."),
            };
        }
        catch (Exception cause) when (cause is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new ChatTemplateException(
                "tokenizer_config.json: expected JSON with `chat_template` as text or a list of {name, template} "
                + $"({cause.Message}). Correct the file.", cause);
        }
    }

    private static string? DefaultOf(JsonElement list)
    {
        var templates = list.EnumerateArray()
            .Select(item =>
                (Name: item.GetProperty("name").GetString(), Source: item.GetProperty("template").GetString()))
            .ToArray();
        return templates.FirstOrDefault(item => item.Name == "default", templates.FirstOrDefault()).Source;
    }
}
