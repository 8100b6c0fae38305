using System.Collections.Immutable;
using System.Text.Json;

namespace Gaudi.Cluster.Http.Tools;

/// <summary>A function that the client offers.</summary>
/// <param name="Name">Not empty.</param>
/// <param name="Parameters">A JSON schema of its arguments; null for any object.</param>
/// <param name="Written">As the client wrote it, for the template.</param>
internal sealed record Tool(string Name, JsonElement? Parameters, JsonElement Written)
{
    /// <summary>Reads `tools`.</summary>
    /// <exception cref="ApiException">No array, or an item of another form.</exception>
    public static ImmutableArray<Tool> ReadAll(RequestFields fields) => fields.Element("tools") switch
    {
        null => [],
        { ValueKind: JsonValueKind.Array } list =>
            [.. list.EnumerateArray().Select((item, index) => Read(item, $"tools[{index}]"))],
        { } value => throw RequestFields.Wrong("tools", "an array of functions", value),
    };

    private static Tool Read(JsonElement item, string place)
    {
        const string Expected = "an object of the form {\"type\": \"function\", \"function\": {\"name\": \"...\"}}";
        if (item.ValueKind != JsonValueKind.Object)
            throw RequestFields.Wrong(place, Expected, item);
        var fields = RequestFields.Of(item);
        if (fields.Element("type") is not { ValueKind: JsonValueKind.String } type || type.GetString() != "function")
            throw RequestFields.Wrong(place, Expected, item);
        if (fields.Element("function") is not { ValueKind: JsonValueKind.Object } described)
            throw RequestFields.Wrong(place, Expected, item);
        var function = RequestFields.Of(described);
        if (function.Element("name") is not { } name)
            throw ApiException.Invalid($"Expected `{place}.function.name` to be a string, got none.", $"{place}.function.name");
        if (RequestFields.TextOf(name, $"{place}.function.name") is not { Length: > 0 } text)
            throw RequestFields.Wrong($"{place}.function.name", "a string that is not empty", name);
        if (function.Element("description") is { } description)
            RequestFields.TextOf(description, $"{place}.function.description");
        var parameters = function.Element("parameters");
        if (parameters is { ValueKind: not JsonValueKind.Object } other)
            throw RequestFields.Wrong($"{place}.function.parameters", "a JSON schema: an object", other);
        return new Tool(text, parameters, item);
    }
}
