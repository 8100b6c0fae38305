using System.Collections.Immutable;
using System.CommandLine;
using System.Text.Json;

namespace Gaudi.Cluster.Commands;

/// <summary>A flag whose value is a JSON list of texts, as vLLM has it.</summary>
internal sealed class TextListOption
{
    private readonly Option<string?> _option;

    /// <param name="name">With its dashes.</param>
    /// <param name="description">Of what it lists.</param>
    internal TextListOption(string name, string description)
    {
        _option = new Option<string?>(name) { Description = description, HelpName = "JSON" };
        _option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && Texts(token.Value) is null)
                result.AddError($"{name} expects a JSON list of texts such as [\"a\", \"b\"], came `{token.Value}`");
        });
    }

    /// <summary>Adds it to a verb.</summary>
    internal void AddTo(Command command) => command.Add(_option);

    /// <summary>What the user wrote; null where nothing.</summary>
    internal ImmutableArray<string>? Read(ParseResult parsed) => parsed.GetValue(_option) is { } json ? Texts(json) : null;

    private static ImmutableArray<string>? Texts(string json)
    {
        try
        {
            var list = JsonElement.Parse(json);
            return list.ValueKind == JsonValueKind.Array && list.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String)
                ? [.. list.EnumerateArray().Select(item => item.GetString()!)]
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
