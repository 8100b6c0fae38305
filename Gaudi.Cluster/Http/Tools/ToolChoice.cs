using System.Text.Json;

namespace Gaudi.Cluster.Http.Tools;

/// <summary>`tool_choice`: whether the answer calls functions.</summary>
internal abstract record ToolChoice
{
    /// <summary>No call is looked for.</summary>
    public sealed record None : ToolChoice;

    /// <summary>The model decides.</summary>
    public sealed record Auto : ToolChoice;

    /// <summary>The answer is at least one call.</summary>
    public sealed record Required : ToolChoice;

    /// <summary>The answer is one call of this function.</summary>
    public sealed record Named(Tool Tool) : ToolChoice;

    /// <summary>Reads and checks the field. Without it the model decides when there are tools.</summary>
    /// <exception cref="ApiException">A type, an unknown word, or a function that is none of the tools.</exception>
    public static ToolChoice Read(RequestFields fields, IReadOnlyList<Tool> tools)
    {
        const string Name = "tool_choice";
        if (fields.Element(Name) is not { } value)
            return tools.Count == 0 ? new None() : new Auto();
        var word = value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        if (word == "none" || (word == "auto" && tools.Count == 0))
            return new None();
        if (word != "auto" && word != "required" && value.ValueKind != JsonValueKind.Object)
            throw RequestFields.Wrong(
                Name, "none, auto, required or {\"type\": \"function\", \"function\": {\"name\": \"...\"}}", value);
        if (tools.Count == 0)
            throw ApiException.Invalid("Expected `tools` together with `tool_choice`, got none.", Name);
        return word switch
        {
            "auto" => new Auto(),
            "required" => new Required(),
            _ => new Named(Find(RequestFields.Of(value), tools)),
        };
    }

    private static Tool Find(RequestFields choice, IReadOnlyList<Tool> tools)
    {
        const string Place = "tool_choice.function";
        var type = choice.Text("type");
        if (type is not (null or "function"))
            throw ApiException.Invalid($"Expected `tool_choice.type` to be function, got {JsonText.Quoted(type)}.", "tool_choice.type");
        var name = choice.Fields("function")?.Text("name")
            ?? throw ApiException.Invalid($"Expected `{Place}.name` to name a function of `tools`, got none.", $"{Place}.name");
        return tools.FirstOrDefault(tool => tool.Name == name)
            ?? throw ApiException.Invalid(
                $"Expected `{Place}.name` to name a function of `tools`, got {JsonText.Quoted(name)}.", $"{Place}.name");
    }
}
